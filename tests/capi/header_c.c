/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header in C11, and the sizes and offsets that no later version may change: members are only ever added at the end.
 * Written down by hand for 64-bit platforms.
 */
#include <swtee/swtee.h>
#include <swtee/rules/rmp.h>

#define AT(type, member, offset) _Static_assert(offsetof(struct type, member) == (offset), #type "." #member " has moved")
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type " has another size")

_Static_assert(sizeof(size_t) == 8 && sizeof(void *) == 8, "the numbers below are those of a 64-bit platform");

AT(swtee_machine_options, size, 0);
AT(swtee_machine_options, config_json, 8);
AT(swtee_machine_options, context, 16);
AT(swtee_machine_options, entropy, 24);
AT(swtee_machine_options, nv_record, 32);
AT(swtee_machine_options, nv_record_len, 40);
AT(swtee_machine_options, nv_store, 48);
AT(swtee_machine_options, fault, 56);
AT(swtee_machine_options, trace, 64);
AT(swtee_machine_options, saved, 72);
AT(swtee_machine_options, saved_len, 80);
SIZE(swtee_machine_options, 88);

AT(swtee_platform_facts, platform, 8);
AT(swtee_platform_facts, chip_id, 40);
AT(swtee_platform_facts, chip_id_size, 104);
AT(swtee_platform_facts, cpuid_signature, 108);
AT(swtee_platform_facts, memory_size, 112);
AT(swtee_platform_facts, rmp_address, 120);
AT(swtee_platform_facts, cores, 128);
AT(swtee_platform_facts, sockets, 132);
AT(swtee_platform_facts, asids, 136);
AT(swtee_platform_facts, c_bit, 140);
AT(swtee_platform_facts, address_bits, 141);
SIZE(swtee_platform_facts, 144);

AT(swtee_rmp_attributes, gpa, 8);
AT(swtee_rmp_attributes, asid, 16);
AT(swtee_rmp_attributes, assigned, 20);
AT(swtee_rmp_attributes, immutable, 21);
AT(swtee_rmp_attributes, large, 22);
AT(swtee_rmp_attributes, mixed, 23);
SIZE(swtee_rmp_attributes, 24);

AT(swtee_vcpu, asid, 8);
AT(swtee_vcpu, vmpl, 12);
SIZE(swtee_vcpu, 16);

AT(swtee_vcpu_outcome, event, 8);
AT(swtee_vcpu_outcome, eax, 12);
AT(swtee_vcpu_outcome, error, 16);
AT(swtee_vcpu_outcome, rdx, 24);
AT(swtee_vcpu_outcome, carry, 32);
AT(swtee_vcpu_outcome, page_size, 33);
SIZE(swtee_vcpu_outcome, 40);

_Static_assert(SWTEE_OK == 0 && SWTEE_E_ARGUMENT == 1 && SWTEE_E_CONFIG == 2 && SWTEE_E_STATE == 3 && SWTEE_E_CALLBACK == 4 &&
                   SWTEE_E_RANGE == 5 && SWTEE_E_REFUSED == 6 && SWTEE_E_BUSY == 7 && SWTEE_E_NO_MEMORY == 8 &&
                   SWTEE_E_INTERNAL == 9,
               "an error has another number");
_Static_assert(SWTEE_AGENT_HOST == 1 && SWTEE_AGENT_DEVICE == 2 && SWTEE_AGENT_BUS == 3, "an agent has another number");
_Static_assert(SWTEE_VCPU_SHARED == 1 && SWTEE_VCPU_EXECUTE == 2 && SWTEE_VCPU_USER == 4, "an access has another bit");
_Static_assert(SWTEE_VCPU_DONE == 0 && SWTEE_VCPU_NPF == 1 && SWTEE_VCPU_VC == 2 && SWTEE_VCPU_GP == 3, "an event has another number");
