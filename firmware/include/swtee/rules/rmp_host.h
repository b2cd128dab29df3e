/* SPDX-License-Identifier: MIT */
/*
 * What the host's instructions RMPUPDATE, PSMASH and RMPREAD do with an entry. Range, alignment and overlap with other
 * entries are the caller's to check. Freestanding C11. [APM3 §RMPUPDATE, §PSMASH, §RMPREAD]
 */
#ifndef SWTEE_RULES_RMP_HOST_H
#define SWTEE_RULES_RMP_HOST_H

#include <swtee/rules/rmp_entry.h>

/*
 * RMPUPDATE: the entry that results from the host's request, or the code it fails with. `current` is the entry of the
 * page. On failure *result is untouched.
 */
static inline enum swtee_rmp_result swtee_rmpupdate(const struct swtee_rmp_entry *current,
                                                    const struct swtee_rmp_entry *request,
                                                    struct swtee_rmp_entry *result)
{
    struct swtee_rmp_entry next = {
        .gpa = request->assigned ? request->gpa : 0,
        .asid = request->asid,
        .assigned = request->assigned,
        .validated = false,
        .immutable = request->immutable,
        .vmsa = false,
        .large = request->assigned && request->large,
        .vmpl_permissions = {0, 0, 0, 0},
    };

    if (current->immutable) {
        return SWTEE_RMP_FAIL_PERMISSION;
    }
    if (request->asid > SWTEE_RMP_ASID_MAX || (next.gpa & ~SWTEE_RMP_GPA_MASK) != 0) {
        return SWTEE_RMP_FAIL_INPUT;
    }
    if (!request->assigned && (request->asid != 0 || request->immutable)) {
        return SWTEE_RMP_FAIL_INPUT;
    }
    if (request->assigned && request->asid == 0 && (request->gpa != 0 || !request->immutable)) {
        return SWTEE_RMP_FAIL_INPUT;
    }
    if (next.large && (next.gpa & 0x1fffff) != 0) {
        return SWTEE_RMP_FAIL_INPUT;
    }
    if (request->assigned && request->asid != 0) {
        bool same = current->assigned && current->asid == request->asid && current->gpa == request->gpa &&
                    current->large == request->large;
        next.vmpl_permissions[0] = SWTEE_VMPL_ALL;
        if (same) {
            next.validated = current->validated;
            next.vmsa = current->vmsa;
            for (unsigned i = 1; i < 4; i++) {
                next.vmpl_permissions[i] = current->vmpl_permissions[i];
            }
        }
    }
    *result = next;
    return SWTEE_RMP_OK;
}

/*
 * PSMASH: may this 2 MiB entry become 512 entries of 4 KiB? Validated, VMSA and permissions of each are those of the
 * 2 MiB entry; swtee_psmash_part gives the n-th (0 to 511).
 */
static inline enum swtee_rmp_result swtee_psmash_check(const struct swtee_rmp_entry *current)
{
    if (!current->assigned || !current->large) {
        return SWTEE_RMP_FAIL_BADADDR;
    }
    return current->immutable ? SWTEE_RMP_FAIL_PERMISSION : SWTEE_RMP_OK;
}

static inline struct swtee_rmp_entry swtee_psmash_part(const struct swtee_rmp_entry *current, unsigned n)
{
    struct swtee_rmp_entry part = *current;
    part.large = false;
    if (part.asid != 0) {
        part.gpa += (uint64_t)n << 12;
    }
    return part;
}

/* RMPREAD's output, and RMPUPDATE's input: the architectural part of an entry. */
struct swtee_rmp_state_record {
    uint64_t gpa;
    uint8_t assigned;
    uint8_t page_size; /* bit 0: 2 MiB; bit 1: some page of the 2 MiB region has an entry of its own */
    uint8_t immutable;
    uint8_t reserved;
    uint32_t asid;
};

static inline struct swtee_rmp_state_record swtee_rmpread(const struct swtee_rmp_entry *entry, bool region_has_small_entries)
{
    struct swtee_rmp_state_record record = {
        .gpa = entry->gpa,
        .assigned = entry->assigned,
        .page_size = (uint8_t)(entry->large | region_has_small_entries << 1),
        .immutable = entry->immutable,
        .reserved = 0,
        .asid = entry->asid,
    };
    return record;
}

#endif
