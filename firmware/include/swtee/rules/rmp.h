/* SPDX-License-Identifier: MIT */
/*
 * RMP rules that the C++ machine and QEMU both need: the entry as software sees it, page states, and what RMPUPDATE
 * may do. Freestanding C11: no libc, no allocation.
 */
#ifndef SWTEE_RULES_RMP_H
#define SWTEE_RULES_RMP_H

#include <stdbool.h>
#include <stdint.h>

/* Every attribute of an RMP entry, decoded. Page size: false = 4 KiB, true = 2 MiB. */
struct swtee_rmp_entry {
    uint64_t gpa;
    uint32_t asid;
    bool assigned;
    bool validated;
    bool immutable;
    bool vmsa;
    bool large;
    uint8_t vmpl_permissions[4];
};

enum swtee_rmp_state {
    SWTEE_RMP_HYPERVISOR,
    SWTEE_RMP_HV_FIXED,
    SWTEE_RMP_RECLAIM,
    SWTEE_RMP_FIRMWARE,
    SWTEE_RMP_CONTEXT,
    SWTEE_RMP_METADATA,
    SWTEE_RMP_PRE_GUEST,
    SWTEE_RMP_PRE_SWAP,
    SWTEE_RMP_GUEST_INVALID,
    SWTEE_RMP_GUEST_VALID,
    /* A combination that no instruction or command produces. */
    SWTEE_RMP_UNDEFINED,
};

/* Return codes of RMPUPDATE and PSMASH in EAX. */
enum swtee_rmp_result {
    SWTEE_RMP_OK = 0,
    SWTEE_RMP_FAIL_INPUT = 1,
    SWTEE_RMP_FAIL_PERMISSION = 2,
    SWTEE_RMP_FAIL_INUSE = 3,
    SWTEE_RMP_FAIL_OVERLAP = 4,
};

/* Permission bits of one VMPL. */
enum swtee_vmpl_permission {
    SWTEE_VMPL_READ = 1,
    SWTEE_VMPL_WRITE = 2,
    SWTEE_VMPL_EXECUTE_USER = 4,
    SWTEE_VMPL_EXECUTE_SUPERVISOR = 8,
    SWTEE_VMPL_ALL = 15,
};

/* The page state that the attributes of an entry mean. */
static inline enum swtee_rmp_state swtee_rmp_state_of(const struct swtee_rmp_entry *entry)
{
    if (!entry->assigned) {
        if (entry->validated || entry->asid != 0) {
            return SWTEE_RMP_UNDEFINED;
        }
        return entry->immutable ? SWTEE_RMP_HV_FIXED : SWTEE_RMP_HYPERVISOR;
    }
    if (entry->asid == 0) {
        if (entry->validated) {
            return SWTEE_RMP_UNDEFINED;
        }
        if (!entry->immutable) {
            return SWTEE_RMP_RECLAIM;
        }
        if (entry->gpa != 0) {
            return SWTEE_RMP_METADATA;
        }
        return entry->vmsa ? SWTEE_RMP_CONTEXT : SWTEE_RMP_FIRMWARE;
    }
    if (entry->immutable) {
        return entry->validated ? SWTEE_RMP_PRE_SWAP : SWTEE_RMP_PRE_GUEST;
    }
    return entry->validated ? SWTEE_RMP_GUEST_VALID : SWTEE_RMP_GUEST_INVALID;
}

/*
 * RMPUPDATE: the entry that results from the host's request, or the code it fails with. `current` is the entry of the
 * page; range, alignment and overlap with other entries are the caller's to check. On failure *result is untouched.
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
    if (!request->assigned && (request->asid != 0 || request->immutable)) {
        return SWTEE_RMP_FAIL_INPUT;
    }
    if (request->assigned && request->asid == 0 && (request->gpa != 0 || !request->immutable)) {
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

#endif
