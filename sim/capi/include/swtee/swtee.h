/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libswtee: an AMD SEV-SNP platform (memory, reverse map table, cores, security processor) as a C library. TEST ONLY: it
 * protects nothing, and its keys are public. docs/library.md tells the story; this header is the reference.
 *
 *     struct swtee_machine_options options = {sizeof options};
 *     options.config_json = "{\"platform\": \"snp:genoa\", \"entropy\": \"a seed\"}";
 *     swtee_machine *machine = NULL;
 *     char why[256];
 *     if (swtee_machine_new(&options, &machine, why, sizeof why) != SWTEE_OK) ...
 *     uint32_t status;
 *     swtee_snp_command(machine, 0x83, 0x1000, &status);      (SNP_PLATFORM_STATUS, buffer at 0x1000)
 *     swtee_machine_free(machine);
 *
 * Two kinds of answers, never mixed. The returned enum swtee_error says whether the call took place. What the modelled
 * hardware answers (a firmware status, a return code in EAX) comes through a pointer, and is written only on SWTEE_OK.
 *
 * Failed calls change nothing: neither the machine nor what pointers lead to, except the error text.
 *
 * Threads: the library has no threads, no global state and does no I/O. One machine is for one thread at a time; different
 * machines may be used by different threads at once. The functions without a machine may be called at any time.
 *
 * Callbacks run on the thread of the call that caused them. They must not call the machine that called them (SWTEE_E_BUSY),
 * must return, and must not throw.
 *
 * Ownership: what the caller passes stays the caller's and is not kept after the call returns, except
 * swtee_machine_options.context. What the library returns by pointer is the machine's, or static where the function says so.
 *
 * Structures begin with their size in bytes, set by the caller to sizeof, so that they can grow: a program that was built with
 * an older header works with a newer library, members it does not know being zero; one that was built with a newer header
 * works with an older library as long as the members that the library does not know are zero. A size that is smaller than the
 * structure's first published form, or above 4096, is SWTEE_E_ARGUMENT.
 *
 * Integers are in the caller's byte order. Contents of memory, command buffers too, are bytes as the AMD documents lay them
 * out: little endian. C++ programs find those layouts in <swtee/abi/snp/commands.h> and its neighbours.
 */
#ifndef SWTEE_SWTEE_H
#define SWTEE_SWTEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SWTEE_API __attribute__((visibility("default")))
#else
#define SWTEE_API
#endif

/* Whether a call took place. New values may be added; unknown ones are failures. */
enum swtee_error {
    SWTEE_OK = 0,
    SWTEE_E_ARGUMENT = 1,  /* a null pointer, a size or a value that the function does not take */
    SWTEE_E_CONFIG = 2,    /* the configuration is refused; the text names the member */
    SWTEE_E_STATE = 3,     /* the stored state is none, or this platform's firmware is older than it allows */
    SWTEE_E_CALLBACK = 4,  /* a callback reported a failure */
    SWTEE_E_RANGE = 5,     /* an address that has no memory, or a core that does not exist */
    SWTEE_E_REFUSED = 6,   /* the hardware does not let this agent touch that page (a page fault with the RMP bit) */
    SWTEE_E_BUSY = 7,      /* called from a callback of the same machine */
    SWTEE_E_NO_MEMORY = 8, /* the process has no memory left */
    SWTEE_E_INTERNAL = 9   /* a mistake in the library */
};

/* One platform from power-on to power-off. */
typedef struct swtee_machine swtee_machine;

/* What a machine is, and what it needs from outside. Everything but `size` and `config_json` may be zero. */
struct swtee_machine_options {
    size_t size; /* sizeof(struct swtee_machine_options) */

    /* The platform as JSON text, ends with NUL; members as in docs/platform-config.md. `guest`, `vlek`, `clock` and what
     * SNP_CONFIG would set (`mask_chip_id`, `mask_chip_key`, `tcb.reported`) are checked and otherwise left to the caller, who
     * is the host. */
    const char *config_json;

    /* Handed to the callbacks. */
    void *context;

    /* Fills `out` with `out_len` random bytes. `stream` names what they are for and ends with NUL; a repeatable source
     * keeps streams apart. Cannot fail. Asked when the configuration's `entropy` is "random", which is the default; null is then
     * SWTEE_E_CONFIG. With any other `entropy` that text is the seed and this is not called. */
    void (*entropy)(void *context, const char *stream, void *out, size_t out_len);

    /* The permanent state of the platform, as the last `nv_store` had it; null and 0 for a new platform. */
    const void *nv_record;
    size_t nv_record_len;

    /* Stores the permanent state: the whole record, in place of the last. Returns 0 once no power cut can lose it, and anything
     * else if it could not be stored; the command that wanted it then fails. Called on a new platform's power-on, and before a
     * command that changes the state is answered. Null: the state lives as long as the machine. */
    int (*nv_store)(void *context, const void *record, size_t record_len);

    /* Asked once for each command that has passed its checks: 0 healthy, 1 it fails with HWERROR_PLATFORM, 2 with
     * HWERROR_UNSAFE; anything else is 0. Null: the hardware is healthy. */
    uint32_t (*fault)(void *context, uint32_t command_id);

    /* Gets each line of the machine's trace once what it tells is over: JSON that ends with NUL and has no line feed. Written
     * one below the other they are what `swtee replay` does again (docs/trace-format.md). Guests' secrets can be computed from a
     * trace. Null: nothing is traced, and calls are faster. */
    void (*trace)(void *context, const char *line);

    /* A machine that swtee_machine_save() saved, to go on where it was; null and 0 to power on. The configuration is that of the
     * saved machine but for `entropy` and `clock`; `nv_record` is null, or the permanent state of that moment; `trace` is null,
     * because a trace begins with power-on. Streams of a seed begin anew: give another seed than the saved machine's, or
     * guests that are launched later get keys that earlier ones had. */
    const void *saved;
    size_t saved_len;
};

/* Powers a platform on and sets *machine, which swtee_machine_free() ends. Memory is zero, no command has been executed.
 * `error_text`, unless null, gets at most error_text_size bytes with why it failed: a sentence that ends with NUL, cut where
 * it does not fit, or "".
 * Errors: ARGUMENT, CONFIG, STATE (also of options.saved), CALLBACK (nv_store), NO_MEMORY, INTERNAL. *machine is null then, if `machine` is not null. */
SWTEE_API enum swtee_error swtee_machine_new(const struct swtee_machine_options *options, swtee_machine **machine,
                                             char *error_text, size_t error_text_size);

/* Power-off: guests are gone. The handle must not be used again. Null is allowed. In a callback of the same machine it does
 * nothing. */
SWTEE_API void swtee_machine_free(swtee_machine *machine);

/* Why the last call on this machine failed: a sentence that ends with NUL; "" when it did not fail. Valid until the next call on
 * the machine. Null for a null machine. */
SWTEE_API const char *swtee_machine_error(const swtee_machine *machine);

/* Facts that do not change while the machine is on. */
struct swtee_platform_facts {
    size_t size;               /* sizeof(struct swtee_platform_facts) */
    char platform[32];         /* "snp:genoa", ends with NUL */
    uint8_t chip_id[64];       /* CHIP_ID; the first chip_id_size bytes are significant, the rest is zero */
    uint32_t chip_id_size;     /* bytes: 64, or 8 on Turin */
    uint32_t cpuid_signature;  /* CPUID Fn0000_0001 EAX */
    uint64_t memory_size;      /* bytes of DRAM, from address 0 on */
    uint64_t rmp_address;      /* system physical address of the RMP: software may use the memory below it */
    uint32_t cores;            /* of all sockets */
    uint32_t sockets;
    uint32_t asids;            /* guests have ASIDs 1 to this number */
    uint8_t c_bit;             /* position of the C-bit in a page table entry */
    uint8_t address_bits;      /* physical address bits that are left with encryption on */
    uint8_t reserved[2];       /* 0 */
};

/* Errors: ARGUMENT. Members that this library does not know are set to zero. */
SWTEE_API enum swtee_error swtee_machine_facts(swtee_machine *machine, struct swtee_platform_facts *facts);

/* Copies the permanent state, for options.nv_record of a later machine. *record_len is set to its size in bytes, also when
 * `record` is too small for it (ARGUMENT; the one exception from the rule that a failed call changes nothing). `record` may
 * be null when record_size is 0.
 * Errors: ARGUMENT, BUSY. */
SWTEE_API enum swtee_error swtee_machine_nv_record(swtee_machine *machine, void *record, size_t record_size, size_t *record_len);

/* Saves the machine with all that lives in it, guests too: `write` gets the bytes in one or several pieces, in order, and
 * returns 0, or anything else when it cannot take more. Guests' keys are in them. options.saved takes them, in this library and later
 * ones (docs/state-format.md). The machine stays as it is.
 * Errors: ARGUMENT; CALLBACK (write); BUSY; NO_MEMORY. */
SWTEE_API enum swtee_error swtee_machine_save(swtee_machine *machine, int (*write)(void *context, const void *data, size_t len),
                                              void *context);

/* ---- The security processor ------------------------------------------------------------------------------------------- */

/* The host writes a command to the mailbox: `id` as in the documents (0x81 is SNP_INIT), and the system physical address of its
 * command buffer, 0 for commands without one. *status is the firmware's answer, 0 for SUCCESS; docs/abi-status.md lists the
 * commands. A command that answers another status than SUCCESS has had its effects, if the documents give it any.
 * Errors: ARGUMENT, BUSY, NO_MEMORY, INTERNAL. A failing nv_store is a status: HWERROR_PLATFORM. */
SWTEE_API enum swtee_error swtee_snp_command(swtee_machine *machine, uint32_t id, uint64_t buffer_paddr, uint32_t *status);

/* The documents' name of a status ("SUCCESS", "INVALID_ADDRESS") or of a command ("SNP_LAUNCH_START"), static; null for a
 * number that has none. */
SWTEE_API const char *swtee_snp_status_name(uint32_t status);
SWTEE_API const char *swtee_snp_command_name(uint32_t id);

/* ---- Memory ----------------------------------------------------------------------------------------------------------- */

/* Who touches memory. */
enum swtee_agent {
    SWTEE_AGENT_HOST = 1,   /* software of the host, without the C-bit: it sees ciphertext where a guest has encrypted */
    SWTEE_AGENT_DEVICE = 2, /* DMA, behind an IOMMU that asks the RMP */
    SWTEE_AGENT_BUS = 3     /* a physical attacker between memory controller and DRAM: no RMP, no keys */
};

/* The most bytes of one access. */
#define SWTEE_ACCESS_MAX ((size_t)64 << 20)

/* Reads or writes `len` bytes of memory as an enum swtee_agent, from the system physical address `paddr` on, any alignment; 0 bytes are allowed. All of
 * it happens, or nothing. What a reader lacks the key for, it gets as ciphertext.
 * Errors: ARGUMENT, also for a `len` above SWTEE_ACCESS_MAX; RANGE when a byte lies outside DRAM; REFUSED when the RMP keeps the
 * agent from a page of it; BUSY; NO_MEMORY. */
SWTEE_API enum swtee_error swtee_memory_read(swtee_machine *machine, int agent, uint64_t paddr, void *out, size_t len);
SWTEE_API enum swtee_error swtee_memory_write(swtee_machine *machine, int agent, uint64_t paddr, const void *data, size_t len);

/* ---- Cores: the host's instructions ----------------------------------------------------------------------------------- */

/* Sets SYSCFG.SNP_EN, VMPL_EN and MFDM and clears VM_HSAVE_PA on every core, or takes that back: what SNP_INIT wants to find.
 * Errors: ARGUMENT, BUSY. */
SWTEE_API enum swtee_error swtee_cpu_prepare_for_snp(swtee_machine *machine, bool ready);

/* Every core. */
#define SWTEE_ALL_CORES UINT32_MAX

/* WBINVD on one core, from 0, or on all.
 * Errors: ARGUMENT, RANGE, BUSY. */
SWTEE_API enum swtee_error swtee_cpu_wbinvd(swtee_machine *machine, uint32_t core);

/* The part of an RMP entry that RMPUPDATE takes and RMPREAD shows. */
struct swtee_rmp_attributes {
    size_t size;         /* sizeof(struct swtee_rmp_attributes) */
    uint64_t gpa;        /* guest physical address of the page, in bytes */
    uint32_t asid;       /* 0: the host's or the firmware's */
    uint8_t assigned;    /* 0 or 1 */
    uint8_t immutable;   /* 0 or 1 */
    uint8_t large;       /* page size: 0 is 4 KiB, 1 is 2 MiB */
    uint8_t mixed;       /* RMPREAD: 1 if some page of the 2 MiB around it has a 4 KiB entry of its own; RMPUPDATE: 0 */
};

/* RMPUPDATE of the page at `paddr` on some core. *eax is the instruction's return code, enum swtee_rmp_result in
 * <swtee/rules/rmp.h>: 0 is success, else nothing has changed.
 * Errors: ARGUMENT, BUSY, NO_MEMORY. */
SWTEE_API enum swtee_error swtee_cpu_rmpupdate(swtee_machine *machine, uint64_t paddr,
                                               const struct swtee_rmp_attributes *attributes, uint32_t *eax);

/* PSMASH of the 2 MiB page at `paddr`, and RMPREAD of a page's entry. *eax is the return code as above; `attributes`, whose size the
 * caller has set, is filled when it is 0.
 * Errors: ARGUMENT, BUSY. */
SWTEE_API enum swtee_error swtee_cpu_psmash(swtee_machine *machine, uint64_t paddr, uint32_t *eax);
SWTEE_API enum swtee_error swtee_cpu_rmpread(swtee_machine *machine, uint64_t paddr, struct swtee_rmp_attributes *attributes,
                                             uint32_t *eax);

/* ---- Guests: the host's page tables, and what guests' cores do -------------------------------------------------------- */

/* The nested page table of the guest with this ASID: maps 4 KiB of guest physical memory, or 2 MiB if `large`, to system physical
 * memory, or takes a mapping away. Addresses are rounded down to that. Nothing is checked, as on hardware: what a malicious host
 * maps, the RMP has to catch.
 * Errors: ARGUMENT, BUSY, NO_MEMORY. */
SWTEE_API enum swtee_error swtee_npt_map(swtee_machine *machine, uint32_t asid, uint64_t gpa, uint64_t paddr, bool large);
SWTEE_API enum swtee_error swtee_npt_unmap(swtee_machine *machine, uint32_t asid, uint64_t gpa, bool large);

/* A core that runs a guest. Runs no code: each call below is one access or instruction of its own. */
struct swtee_vcpu {
    size_t size;         /* sizeof(struct swtee_vcpu) */
    uint32_t asid;
    uint8_t vmpl;        /* 0 to 3 */
    uint8_t reserved[3]; /* 0 */
};

/* How an access is made; 0 is an access to private memory by the supervisor. */
enum swtee_vcpu_access {
    SWTEE_VCPU_SHARED = 1,  /* the C-bit is clear */
    SWTEE_VCPU_EXECUTE = 2, /* an instruction fetch, for reads */
    SWTEE_VCPU_USER = 4     /* CPL 3 */
};

/* What an access or instruction ended in. */
enum swtee_vcpu_event {
    SWTEE_VCPU_DONE = 0, /* it was executed */
    SWTEE_VCPU_NPF = 1,  /* nested page fault: the host sees `error`, EXITINFO1 */
    SWTEE_VCPU_VC = 2,   /* #VC in the guest with error code `error` */
    SWTEE_VCPU_GP = 3    /* #GP(0) in the guest */
};

struct swtee_vcpu_outcome {
    size_t size;         /* sizeof(struct swtee_vcpu_outcome) */
    uint32_t event;      /* enum swtee_vcpu_event; the rest is zero where it does not apply */
    uint32_t eax;        /* of an instruction that was executed: enum swtee_rmp_result in <swtee/rules/rmp.h> */
    uint64_t error;      /* of a fault */
    uint64_t rdx;        /* RMPQUERY: attributes, in RMPADJUST's layout */
    uint8_t carry;       /* PVALIDATE: 1 if the page was in this state before */
    uint8_t page_size;   /* RMPQUERY: 0 is 4 KiB, 1 is 2 MiB */
    uint8_t reserved[6]; /* 0 */
};

/* Reads or writes guest physical memory at `gpa` (without C-bit), which may cross pages; `access` is a set of enum
 * swtee_vcpu_access. `out` and memory are changed only if the event is SWTEE_VCPU_DONE.
 * Errors: ARGUMENT, also for a `len` above SWTEE_ACCESS_MAX; BUSY; NO_MEMORY. */
SWTEE_API enum swtee_error swtee_vcpu_read(swtee_machine *machine, const struct swtee_vcpu *vcpu, uint64_t gpa, void *out, size_t len,
                                           uint32_t access, struct swtee_vcpu_outcome *outcome);
SWTEE_API enum swtee_error swtee_vcpu_write(swtee_machine *machine, const struct swtee_vcpu *vcpu, uint64_t gpa, const void *data,
                                            size_t len, uint32_t access, struct swtee_vcpu_outcome *outcome);

/* PVALIDATE, RMPADJUST and RMPQUERY of the page at `gpa`. `page_size` is ECX, 0 for 4 KiB and 1 for 2 MiB; `rdx` is RDX: the target
 * VMPL in bits 7:0, permissions in 15:8, VMSA in bit 16. What hardware answers to values out of range is an outcome, no error.
 * Errors: ARGUMENT, BUSY. */
SWTEE_API enum swtee_error swtee_vcpu_pvalidate(swtee_machine *machine, const struct swtee_vcpu *vcpu, uint64_t gpa, uint32_t page_size,
                                                bool validate, struct swtee_vcpu_outcome *outcome);
SWTEE_API enum swtee_error swtee_vcpu_rmpadjust(swtee_machine *machine, const struct swtee_vcpu *vcpu, uint64_t gpa, uint32_t page_size,
                                                uint64_t rdx, struct swtee_vcpu_outcome *outcome);
SWTEE_API enum swtee_error swtee_vcpu_rmpquery(swtee_machine *machine, const struct swtee_vcpu *vcpu, uint64_t gpa, uint32_t target_vmpl,
                                               struct swtee_vcpu_outcome *outcome);

/* A core begins, or ends, to run from the page at `paddr` as its VMSA; meanwhile RMPADJUST of that page answers FAIL_INUSE.
 * Errors: ARGUMENT, BUSY, NO_MEMORY. */
SWTEE_API enum swtee_error swtee_vcpu_run_vmsa(swtee_machine *machine, uint64_t paddr, bool running);

/* ---- A physical attacker ---------------------------------------------------------------------------------------------- */

/* Besides swtee_memory_read() and swtee_memory_write() as SWTEE_AGENT_BUS: makes `size` bytes at `ghost` reach the DRAM cells of
 * `target`, as memory modules that lie about their size do; all three are rounded down to 4 KiB. Or takes all that back.
 * Errors: ARGUMENT; RANGE when a range is not all DRAM; BUSY; NO_MEMORY. */
SWTEE_API enum swtee_error swtee_bus_alias(swtee_machine *machine, uint64_t ghost, uint64_t target, uint64_t size);
SWTEE_API enum swtee_error swtee_bus_remove_aliases(swtee_machine *machine);

/* ---- The library ------------------------------------------------------------------------------------------------------ */

/* The version of this header. */
#define SWTEE_VERSION_MAJOR 0
#define SWTEE_VERSION_MINOR 1
#define SWTEE_VERSION_PATCH 0

/* The version of the library that runs: "0.1.0", static. */
SWTEE_API const char *swtee_version(void);

/* A name for an error, static: "SWTEE_E_RANGE"; null for a number that has none. */
SWTEE_API const char *swtee_error_name(int error);

#ifdef __cplusplus
}
#endif

#endif
