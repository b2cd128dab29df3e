/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a SEV-SNP platform up, launches a guest of one page, and prints the measurement that its report shows.
 * Command buffers are laid out by hand, as the AMD documents show them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swtee/swtee.h>

static const char CONFIG[] = "{\"platform\": \"snp:genoa\", \"memory\": \"0x4000000\", \"entropy\": \"launch_guest\"}";

/* Where this host keeps things in the platform's memory. */
enum { COMMAND = 0x1000, GCTX = 0x2000, GUEST_PAGE = 0x3000, REPORT = 0x4000 };
enum { GUEST_ASID = 1, GUEST_ADDRESS = 0x1000 };

static void must(swtee_machine *machine, enum swtee_error error, const char *what)
{
    if (error != SWTEE_OK) {
        fprintf(stderr, "%s: %s: %s\n", what, swtee_error_name(error), swtee_machine_error(machine));
        exit(1);
    }
}

/* One command with a buffer of `len` bytes, which may be 0. */
static void command(swtee_machine *machine, uint32_t id, const uint8_t *buffer, size_t len)
{
    const char *name = swtee_snp_command_name(id);
    uint32_t status = 0;

    must(machine, swtee_memory_write(machine, SWTEE_AGENT_HOST, COMMAND, buffer, len), name);
    must(machine, swtee_snp_command(machine, id, len == 0 ? 0 : COMMAND, &status), name);
    printf("%-20s %s\n", name, swtee_snp_status_name(status));
    if (status != 0) {
        exit(1);
    }
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

/* The host gives a page to the firmware (ASID 0) or to a guest. */
static void assign(swtee_machine *machine, uint64_t page, uint32_t asid, uint64_t gpa)
{
    struct swtee_rmp_attributes attributes = {.size = sizeof attributes, .gpa = gpa, .asid = asid, .assigned = 1, .immutable = 1};
    uint32_t eax = 0;

    must(machine, swtee_cpu_rmpupdate(machine, page, &attributes, &eax), "RMPUPDATE");
    if (eax != 0) {
        fprintf(stderr, "RMPUPDATE answers %" PRIu32 "\n", eax);
        exit(1);
    }
}

static void launch(swtee_machine *machine)
{
    uint8_t start[0x30] = {0}, activate[0xc] = {0}, update[0x20] = {0}, finish[0x40] = {0}, create[8] = {0};

    put64(create, GCTX);
    assign(machine, GCTX, 0, 0);
    command(machine, 0x93, create, sizeof create); /* SNP_GCTX_CREATE */

    put64(start, GCTX);
    put64(start + 8, 0x30000); /* policy: SMT is allowed */
    command(machine, 0xa0, start, sizeof start);

    put64(activate, GCTX);
    put32(activate + 8, GUEST_ASID);
    command(machine, 0x91, activate, sizeof activate);

    assign(machine, GUEST_PAGE, GUEST_ASID, GUEST_ADDRESS); /* never written: 4 KiB of zeros */
    put64(update, GCTX);
    put32(update + 8, 1 << 1); /* page type NORMAL */
    put64(update + 0x10, GUEST_PAGE);
    command(machine, 0xa1, update, sizeof update);

    put64(finish, GCTX);
    command(machine, 0xa2, finish, sizeof finish);
}

/* SNP_HV_REPORT_REQ: a report of the guest for its host. */
static void print_measurement(swtee_machine *machine)
{
    uint8_t request[0x18] = {0}, measurement[48];

    assign(machine, REPORT, 0, 0);
    put32(request, sizeof request);
    put64(request + 8, GCTX);
    put64(request + 0x10, REPORT);
    command(machine, 0x96, request, sizeof request);

    /* The answer has a header of 32 bytes; MEASUREMENT lies at 0x90 of the report. */
    must(machine, swtee_memory_read(machine, SWTEE_AGENT_HOST, REPORT + 0x20 + 0x90, measurement, sizeof measurement), "read");
    printf("measurement ");
    for (size_t i = 0; i < sizeof measurement; i++) {
        printf("%02x", measurement[i]);
    }
    printf("\n");
}

int main(void)
{
    struct swtee_machine_options options = {.size = sizeof options, .config_json = CONFIG};
    struct swtee_platform_facts facts = {.size = sizeof facts};
    swtee_machine *machine = NULL;
    char why[256];

    if (swtee_machine_new(&options, &machine, why, sizeof why) != SWTEE_OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    must(machine, swtee_machine_facts(machine, &facts), "facts");
    printf("libswtee %s: %s, chip %02x%02x..., %" PRIu32 " cores\n", swtee_version(), facts.platform, facts.chip_id[0],
           facts.chip_id[1], facts.cores);

    must(machine, swtee_cpu_prepare_for_snp(machine, true), "cores");
    must(machine, swtee_cpu_wbinvd(machine, SWTEE_ALL_CORES), "WBINVD");
    command(machine, 0x81, NULL, 0); /* SNP_INIT */
    must(machine, swtee_cpu_wbinvd(machine, SWTEE_ALL_CORES), "WBINVD");
    command(machine, 0x84, NULL, 0); /* SNP_DF_FLUSH */

    launch(machine);
    print_measurement(machine);
    swtee_machine_free(machine);
    return 0;
}
