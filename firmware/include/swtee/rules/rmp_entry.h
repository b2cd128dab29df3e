/* SPDX-License-Identifier: MIT */
/*
 * The entry of the reverse map table: its 16 bytes in memory, the attributes they mean, and the page states.
 * Freestanding C11: no libc, no allocation. [APM2 r3.42 §15.36; PPR Family 19h: the layout is not architectural]
 */
#ifndef SWTEE_RULES_RMP_ENTRY_H
#define SWTEE_RULES_RMP_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#define SWTEE_RMP_ENTRY_SIZE 16u
/* Before the entries of a table that is not segmented: the processor's own bookkeeping. */
#define SWTEE_RMP_BOOKKEEPING_SIZE 0x4000u
#define SWTEE_RMP_ASID_MAX 0x3ffu
#define SWTEE_RMP_GPA_MASK 0x0007fffffffff000ull

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

/* Return codes of the RMP instructions in EAX. BADADDR is PSMASH's, SIZEMISMATCH the guest instructions'. */
enum swtee_rmp_result {
    SWTEE_RMP_OK = 0,
    SWTEE_RMP_FAIL_INPUT = 1,
    SWTEE_RMP_FAIL_PERMISSION = 2,
    SWTEE_RMP_FAIL_INUSE = 3,
    SWTEE_RMP_FAIL_OVERLAP = 4,
    SWTEE_RMP_FAIL_SIZEMISMATCH = 6,
    SWTEE_RMP_FAIL_BADADDR = 7,
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

/* True for an entry that says nothing: a hypervisor page. */
static inline bool swtee_rmp_is_zero(const struct swtee_rmp_entry *entry)
{
    return !entry->assigned && !entry->validated && !entry->immutable && !entry->vmsa && !entry->large && entry->asid == 0 &&
           entry->gpa == 0;
}

static inline uint64_t swtee_rmp_load64(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static inline void swtee_rmp_store64(uint8_t *bytes, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

/*
 * Low quadword: 0 assigned, 1 page size, 2 immutable, 11:3 sub-page count, 50:12 GPA, 60:51 ASID, 61 VMSA, 62 validated,
 * 63 lock. High quadword: one byte of permissions for each VMPL, then four reserved bytes.
 */
static inline struct swtee_rmp_entry swtee_rmp_decode(const uint8_t raw[SWTEE_RMP_ENTRY_SIZE])
{
    const uint64_t low = swtee_rmp_load64(raw);
    struct swtee_rmp_entry entry = {
        .gpa = low & SWTEE_RMP_GPA_MASK,
        .asid = (uint32_t)(low >> 51) & SWTEE_RMP_ASID_MAX,
        .assigned = (low & 1) != 0,
        .validated = (low >> 62 & 1) != 0,
        .immutable = (low >> 2 & 1) != 0,
        .vmsa = (low >> 61 & 1) != 0,
        .large = (low >> 1 & 1) != 0,
        .vmpl_permissions = {raw[8], raw[9], raw[10], raw[11]},
    };
    return entry;
}

/*
 * In the entry of a 2 MiB aligned page: how many of the other 511 entries of its 2 MiB are in use. What lets the processor
 * see an overlap without reading them.
 */
static inline unsigned swtee_rmp_subpages(const uint8_t raw[SWTEE_RMP_ENTRY_SIZE])
{
    return (unsigned)(swtee_rmp_load64(raw) >> 3) & 0x1ff;
}

static inline void swtee_rmp_encode(const struct swtee_rmp_entry *entry, unsigned subpages, uint8_t raw[SWTEE_RMP_ENTRY_SIZE])
{
    const uint64_t low = (uint64_t)entry->assigned | (uint64_t)entry->large << 1 | (uint64_t)entry->immutable << 2 |
                         (uint64_t)(subpages & 0x1ff) << 3 | (entry->gpa & SWTEE_RMP_GPA_MASK) |
                         (uint64_t)(entry->asid & SWTEE_RMP_ASID_MAX) << 51 | (uint64_t)entry->vmsa << 61 |
                         (uint64_t)entry->validated << 62;
    swtee_rmp_store64(raw, low);
    for (unsigned i = 0; i < 4; i++) {
        raw[8 + i] = entry->vmpl_permissions[i];
        raw[12 + i] = 0;
    }
}

#endif
