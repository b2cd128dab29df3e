// SPDX-License-Identifier: Apache-2.0
/// Compares a structure of the kernel's with ours, member by member, through what a set member does to the bytes. That way
/// bit-fields are compared as well, and a member's place and width are one check.
#pragma once

#include <swtee/abi/wire.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace compare {

inline int checks = 0;
inline int differences = 0;

inline void check(bool same, const char* theirs, const char* ours, const std::string& how) {
  ++checks;
  if (same) return;
  ++differences;
  std::printf("DIFFERENT: %s and our %s: %s\n", theirs, ours, how.c_str());
}

/// "8 to 0xf" of the bytes that are set.
template <class T>
std::string set_bytes(const T& value) {
  unsigned char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::string text;
  for (std::size_t at = 0; at < sizeof(T); ++at) {
    if (bytes[at] == 0 || text.size() > 100) continue;
    char one[32];
    std::snprintf(one, sizeof(one), " %#zx=%02x", at, bytes[at]);
    text += one;
  }
  return text;
}

template <class Theirs, class Ours>
void same_bytes(const Theirs& theirs, const Ours& ours, const char* their_name, const char* our_name) {
  const bool same = sizeof(Theirs) == sizeof(Ours) && std::memcmp(&theirs, &ours, sizeof(Ours)) == 0;
  check(same, their_name, our_name, "theirs sets" + set_bytes(theirs) + ", ours" + set_bytes(ours));
}

inline void set_bits(swtee::u8& field, std::uint64_t mask) { field = static_cast<swtee::u8>(mask); }
template <class T>
void set_bits(swtee::LittleEndian<T>& field, std::uint64_t mask) {
  field = static_cast<T>(mask);
}

inline void same_number(std::uint64_t theirs, std::uint64_t ours, const char* their_name, const char* our_name) {
  check(theirs == ours, their_name, our_name, std::to_string(theirs) + " and " + std::to_string(ours));
}

inline int finish(const char* what) {
  std::printf("%s: %d comparisons, %d differences\n", what, checks, differences);
  return differences != 0 || checks == 0;
}

}  // namespace compare

/// The whole structures.
#define SAME_SIZE(Theirs, Ours) \
  compare::check(sizeof(Theirs) == sizeof(Ours), #Theirs, #Ours, std::to_string(sizeof(Theirs)) + " and " + std::to_string(sizeof(Ours)) + " bytes")

/// A member of theirs is a member of ours.
#define SAME_FIELD(Theirs, their_field, Ours, our_field)                                       \
  do {                                                                                         \
    Theirs theirs;                                                                             \
    Ours ours{};                                                                               \
    std::memset(&theirs, 0, sizeof(theirs));                                                   \
    std::memset(&theirs.their_field, 0xff, sizeof(theirs.their_field));                        \
    std::memset(static_cast<void*>(&ours.our_field), 0xff, sizeof(ours.our_field));            \
    compare::same_bytes(theirs, ours, #Theirs "." #their_field, #Ours "." #our_field);         \
  } while (false)

/// A member of theirs, perhaps a bit-field, is these bits of a member of ours.
#define SAME_BITS(Theirs, their_field, Ours, our_field, mask)                                  \
  do {                                                                                         \
    Theirs theirs;                                                                             \
    Ours ours{};                                                                               \
    std::memset(&theirs, 0, sizeof(theirs));                                                   \
    theirs.their_field = static_cast<decltype(theirs.their_field)>(-1);                        \
    compare::set_bits(ours.our_field, mask);                                                   \
    compare::same_bytes(theirs, ours, #Theirs "." #their_field, #Ours "." #our_field " " #mask); \
  } while (false)

#define SAME_NUMBER(theirs, ours) \
  compare::same_number(static_cast<std::uint64_t>(theirs), static_cast<std::uint64_t>(ours), #theirs, #ours)
