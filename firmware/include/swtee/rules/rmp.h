/* SPDX-License-Identifier: MIT */
/* The rules of the reverse map table that the C++ machine and QEMU both need. */
#ifndef SWTEE_RULES_RMP_H
#define SWTEE_RULES_RMP_H

#include <swtee/rules/rmp_entry.h>
#include <swtee/rules/rmp_guest.h>
#include <swtee/rules/rmp_host.h>

#endif
