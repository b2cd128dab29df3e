/* SPDX-License-Identifier: MIT */
/*
 * What a guest's accesses, PVALIDATE, RMPADJUST and RMPQUERY meet in the entry of the page that the host mapped for them.
 * Freestanding C11. [APM2 r3.42 §15.36.10; APM3 §PVALIDATE, §RMPADJUST, §RMPQUERY]
 *
 * The order of checks is that of a formal model of the table (VERISMO); docs/deviations.md lists what is not published.
 */
#ifndef SWTEE_RULES_RMP_GUEST_H
#define SWTEE_RULES_RMP_GUEST_H

#include <swtee/rules/rmp_entry.h>

/* Bits of EXITINFO1 of a nested page fault that the RMP check sets. */
#define SWTEE_NPF_WRITE (1ull << 1)
#define SWTEE_NPF_USER (1ull << 2)
#define SWTEE_NPF_EXECUTE (1ull << 4)
#define SWTEE_NPF_RMP (1ull << 31)
#define SWTEE_NPF_FINAL_GPA (1ull << 32)
#define SWTEE_NPF_ENC (1ull << 34)
#define SWTEE_NPF_SIZEM (1ull << 35)
#define SWTEE_NPF_VMPL (1ull << 36)

/* Error code of the #VC exception for a private page that is not validated. */
#define SWTEE_VC_PAGE_NOT_VALIDATED 0x404u

/* An access or an instruction of an SNP guest, after the nested page table gave an SPA. */
struct swtee_guest_access {
    uint64_t gpa;       /* without C-bit */
    uint32_t asid;
    uint8_t vmpl;       /* 0 to 3 */
    bool c_bit;
    bool write;
    bool execute;
    bool user;          /* CPL 3 */
    bool large_mapping; /* the nested page table maps 2 MiB here */
};

enum swtee_guest_event {
    SWTEE_GUEST_DONE, /* for an instruction: see eax, carry */
    SWTEE_GUEST_NPF,  /* nested page fault: the host sees `error` */
    SWTEE_GUEST_VC,   /* #VC in the guest with error code `error` */
    SWTEE_GUEST_GP,   /* #GP(0) in the guest */
};

struct swtee_guest_outcome {
    enum swtee_guest_event event;
    uint64_t error;
    enum swtee_rmp_result eax;
    bool carry; /* PVALIDATE: the entry was in this state before */
};

static inline struct swtee_guest_outcome swtee_guest_fault(const struct swtee_guest_access *access, uint64_t bits)
{
    struct swtee_guest_outcome outcome = {SWTEE_GUEST_NPF, SWTEE_NPF_RMP | SWTEE_NPF_FINAL_GPA | bits, SWTEE_RMP_OK, false};
    outcome.error |= access->c_bit ? SWTEE_NPF_ENC : 0;
    outcome.error |= access->write ? SWTEE_NPF_WRITE : 0;
    outcome.error |= access->execute ? SWTEE_NPF_EXECUTE : 0;
    outcome.error |= access->user ? SWTEE_NPF_USER : 0;
    return outcome;
}

static inline struct swtee_guest_outcome swtee_guest_result(enum swtee_rmp_result eax)
{
    struct swtee_guest_outcome outcome = {SWTEE_GUEST_DONE, 0, eax, false};
    return outcome;
}

static inline struct swtee_guest_outcome swtee_guest_not_validated(void)
{
    struct swtee_guest_outcome outcome = {SWTEE_GUEST_VC, SWTEE_VC_PAGE_NOT_VALIDATED, SWTEE_RMP_OK, false};
    return outcome;
}

/* The page is this guest's, mutable, and at this GPA. */
static inline bool swtee_guest_owns(const struct swtee_rmp_entry *entry, const struct swtee_guest_access *access)
{
    return entry->assigned && !entry->immutable && entry->asid == access->asid && access->asid != 0 &&
           entry->gpa == (access->gpa & ~0xfffull);
}

/* May the guest touch the page so? `entry` is that of the 4 KiB page: in a 2 MiB entry with the GPA of this page. */
static inline struct swtee_guest_outcome swtee_guest_check(const struct swtee_rmp_entry *entry,
                                                           const struct swtee_guest_access *access)
{
    unsigned needed = access->write ? SWTEE_VMPL_WRITE : SWTEE_VMPL_READ;

    if (!access->c_bit) {
        return entry->assigned ? swtee_guest_fault(access, 0) : swtee_guest_result(SWTEE_RMP_OK);
    }
    if (!swtee_guest_owns(entry, access) || entry->large != access->large_mapping) {
        return swtee_guest_fault(access, 0);
    }
    if (!entry->validated) {
        return swtee_guest_not_validated();
    }
    if (access->execute) {
        needed = access->user ? SWTEE_VMPL_EXECUTE_USER : SWTEE_VMPL_EXECUTE_SUPERVISOR;
    }
    if ((entry->vmpl_permissions[access->vmpl & 3] & needed) == 0) {
        return swtee_guest_fault(access, SWTEE_NPF_VMPL);
    }
    return swtee_guest_result(SWTEE_RMP_OK);
}

/*
 * PVALIDATE. `entry` is that of the page at the operand, and is changed on eax 0 without carry; a request for 2 MiB
 * changes the 2 MiB entry.
 */
static inline struct swtee_guest_outcome swtee_pvalidate(struct swtee_rmp_entry *entry, const struct swtee_guest_access *access,
                                                         unsigned size, bool validate)
{
    struct swtee_guest_outcome outcome = swtee_guest_result(SWTEE_RMP_OK);

    if (access->vmpl != 0 || access->user) {
        outcome.event = SWTEE_GUEST_GP;
        return outcome;
    }
    if (size > 1 || (size == 1 && (access->gpa & 0x1ff000) != 0)) {
        return swtee_guest_result(SWTEE_RMP_FAIL_INPUT);
    }
    if (!swtee_guest_owns(entry, access)) {
        return swtee_guest_fault(access, 0);
    }
    if (entry->large && size == 0) {
        return swtee_guest_fault(access, SWTEE_NPF_SIZEM);
    }
    if (!entry->large && size == 1) {
        return swtee_guest_result(SWTEE_RMP_FAIL_SIZEMISMATCH);
    }
    if (entry->large != access->large_mapping) {
        return swtee_guest_fault(access, 0);
    }
    outcome.carry = entry->validated == validate;
    entry->validated = validate;
    return outcome;
}

/* RMPADJUST's operand RDX. */
struct swtee_rmpadjust_attributes {
    unsigned target_vmpl;
    uint8_t permissions;
    bool vmsa;
};

static inline struct swtee_rmpadjust_attributes swtee_rmpadjust_decode(uint64_t rdx)
{
    struct swtee_rmpadjust_attributes attributes = {
        .target_vmpl = (unsigned)(rdx & 0xff),
        .permissions = (uint8_t)(rdx >> 8),
        .vmsa = (rdx >> 16 & 1) != 0,
    };
    return attributes;
}

/* RMPADJUST. `in_use`: a core runs from the page as its VMSA. `entry` changes on eax 0. */
static inline struct swtee_guest_outcome swtee_rmpadjust(struct swtee_rmp_entry *entry, const struct swtee_guest_access *access,
                                                         unsigned size, struct swtee_rmpadjust_attributes attributes, bool in_use)
{
    struct swtee_guest_outcome gp = {SWTEE_GUEST_GP, 0, SWTEE_RMP_OK, false};

    if (access->user) {
        return gp;
    }
    if (size > 1 || (size == 1 && (access->gpa & 0x1ff000) != 0) || attributes.target_vmpl > 3 ||
        (attributes.permissions & ~(unsigned)SWTEE_VMPL_ALL) != 0) {
        return swtee_guest_result(SWTEE_RMP_FAIL_INPUT);
    }
    if (access->vmpl >= attributes.target_vmpl) {
        return swtee_guest_result(SWTEE_RMP_FAIL_PERMISSION);
    }
    if (!swtee_guest_owns(entry, access)) {
        return swtee_guest_fault(access, 0);
    }
    if (entry->large && size == 0) {
        return swtee_guest_fault(access, SWTEE_NPF_SIZEM);
    }
    if (!entry->large && size == 1) {
        return swtee_guest_result(SWTEE_RMP_FAIL_SIZEMISMATCH);
    }
    if (!entry->validated) {
        return swtee_guest_not_validated();
    }
    if ((attributes.permissions & ~(unsigned)entry->vmpl_permissions[access->vmpl & 3]) != 0) {
        return swtee_guest_result(SWTEE_RMP_FAIL_PERMISSION);
    }
    if (in_use) {
        return swtee_guest_result(SWTEE_RMP_FAIL_INUSE);
    }
    entry->vmpl_permissions[attributes.target_vmpl] = attributes.permissions;
    if (access->vmpl == 0) {
        entry->vmsa = attributes.vmsa;
    }
    return swtee_guest_result(SWTEE_RMP_OK);
}

/* RMPQUERY: on eax 0, the target VMPL's attributes in RMPADJUST's layout and the size (1: 2 MiB). */
static inline struct swtee_guest_outcome swtee_rmpquery(const struct swtee_rmp_entry *entry, const struct swtee_guest_access *access,
                                                        unsigned target_vmpl, uint64_t *attributes, unsigned *size)
{
    if (target_vmpl > 3 || access->vmpl > target_vmpl) {
        return swtee_guest_result(SWTEE_RMP_FAIL_PERMISSION);
    }
    if (!swtee_guest_owns(entry, access)) {
        return swtee_guest_fault(access, 0);
    }
    if (!entry->validated) {
        return swtee_guest_not_validated();
    }
    *attributes = (uint64_t)target_vmpl | (uint64_t)entry->vmpl_permissions[target_vmpl] << 8 | (uint64_t)entry->vmsa << 16;
    *size = entry->large ? 1 : 0;
    return swtee_guest_result(SWTEE_RMP_OK);
}

#endif
