#include "server/helm/archive/tar_reader.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/helm/archive/unpack.h"

namespace wheelhouse::helm {
namespace {

constexpr size_t kBlock = 512;
constexpr size_t kLongestPath = 4096;
constexpr size_t kLargestExtension = 256 << 10;  // macOS puts extended attributes there

constexpr absl::string_view kUstar(
    "ustar\0"
    "00",
    8);
constexpr absl::string_view kGnu("ustar  \0", 8);
constexpr absl::string_view kV7("\0\0\0\0\0\0\0\0", 8);

bool IsZero(absl::string_view bytes) {
  return bytes.find_first_not_of('\0') == absl::string_view::npos;
}

// Octal digits between spaces and before spaces or zeros; an empty field is 0. Readers differ in
// what they make of anything else, and of the binary numbers of GNU tar.
std::optional<size_t> Octal(absl::string_view field) {
  const size_t begin = std::min(field.find_first_not_of(' '), field.size());
  const absl::string_view text = field.substr(begin);
  const size_t end = std::min(text.find_first_not_of("01234567"), text.size());
  if (text.substr(end).find_first_not_of(absl::string_view(" \0", 2)) != absl::string_view::npos)
    return std::nullopt;
  size_t number = 0;
  for (const char digit : text.substr(0, end)) {
    if (number >> 60 != 0) return std::nullopt;
    number = number * 8 + static_cast<size_t>(digit - '0');
  }
  return number;
}

// A text that ends at its first zero byte or fills the field.
std::optional<std::string> Name(absl::string_view field) {
  const absl::string_view text = field.substr(0, field.find('\0'));
  if (!IsZero(field.substr(text.size()))) return std::nullopt;
  return std::string(text);
}

// Old tars summed signed bytes.
bool ChecksumFits(absl::string_view block) {
  const std::optional<size_t> expected = Octal(block.substr(148, 8));
  int64_t with_sign = int64_t{8} * ' ', without = with_sign;
  for (size_t i = 0; i < block.size(); ++i) {
    if (i >= 148 && i < 156) continue;
    with_sign += static_cast<signed char>(block[i]);
    without += static_cast<unsigned char>(block[i]);
  }
  return expected.has_value() && (static_cast<int64_t>(*expected) == with_sign ||
                                  static_cast<int64_t>(*expected) == without);
}

// Whether the key of an extended header changes nothing that is read here. Unknown ones may: sparse
// maps, links and other encodings of names come this way.
bool IsMetadata(absl::string_view key) {
  static const auto* const known = new std::set<absl::string_view>{"atime",
                                                                   "comment",
                                                                   "ctime",
                                                                   "gid",
                                                                   "gname",
                                                                   "mtime",
                                                                   "uid",
                                                                   "uname",
                                                                   "SCHILY.fflags",
                                                                   "SCHILY.dev",
                                                                   "SCHILY.ino",
                                                                   "SCHILY.nlink",
                                                                   "SCHILY.acl.access",
                                                                   "SCHILY.acl.ace",
                                                                   "SCHILY.acl.default",
                                                                   "SCHILY.devmajor",
                                                                   "SCHILY.devminor"};
  return known->contains(key) || absl::StartsWith(key, "SCHILY.xattr.") ||
         absl::StartsWith(key, "LIBARCHIVE.xattr.") || key == "LIBARCHIVE.creationtime";
}

}  // namespace

struct TarReader::Header {
  std::string path;
  char type = '0';
  bool executable = false;
  size_t size = 0;
};

absl::StatusOr<bool> TarReader::ReadBlock(char* block) {
  const absl::StatusOr<size_t> size = gzip_.Read(block, kBlock);
  if (!size.ok())
    return NotAChart(
        absl::StrCat("it is not a gzipped tar: ", std::string(size.status().message())));
  if (*size == 0) return false;
  if (*size < kBlock) return NotAChart("it is not a gzipped tar: it ends early");
  if (left_ < kBlock) return ChartTooLarge(most_, "bytes unpacked");
  left_ -= kBlock;
  return true;
}

absl::StatusOr<std::string> TarReader::ReadBytes(size_t size) {
  if (size > left_) return ChartTooLarge(most_, "bytes unpacked");
  std::string bytes;
  bytes.reserve(size);
  char block[kBlock];
  while (bytes.size() < size) {
    ASSIGN_OR_RETURN(const bool more, ReadBlock(block));
    if (!more) return NotAChart("it is not a gzipped tar: it ends early");
    bytes.append(block, std::min(kBlock, size - bytes.size()));
  }
  return bytes;
}

absl::Status TarReader::ReadToEnd() {
  char block[kBlock];
  while (true) {
    ASSIGN_OR_RETURN(const bool more, ReadBlock(block));
    if (!more) return absl::OkStatus();
    if (!IsZero({block, kBlock}))
      return NotAChart(absl::StrCat("something follows the end of the archive, behind ", last_));
  }
}

absl::StatusOr<TarReader::Header> TarReader::ParseHeader(absl::string_view block) const {
  const auto wrong = [this](absl::string_view what) {
    return NotAChart(last_.empty()
                         ? absl::StrCat("it is not a gzipped tar: ", what)
                         : absl::StrCat("the header of the entry after ", last_, ": ", what));
  };
  if (!ChecksumFits(block)) return wrong("bad checksum");
  const absl::string_view magic = block.substr(257, 8);
  const auto name = Name(block.substr(0, 100)), prefix = Name(block.substr(345, 155));
  const auto size = Octal(block.substr(124, 12)), mode = Octal(block.substr(100, 8));
  if (!name.has_value()) return wrong("its name contains a zero byte");
  if (!size.has_value() || !mode.has_value())
    return wrong("its size or mode is not an octal number");
  Header header{*name, block[156] == '\0' ? '0' : block[156], (*mode & 0100) != 0, *size};
  if (magic == kUstar) {
    // The star format has other fields there, and `tar` at the very end.
    if (!prefix.has_value() || !IsZero(block.substr(500)))
      return wrong("it is not of the formats ustar, pax and gnu");
    if (!prefix->empty()) header.path = absl::StrCat(*prefix, "/", header.path);
  } else if (magic == kGnu) {
    // Behind two times: where a part of a file begins, and the map of a sparse one.
    const absl::string_view times = block.substr(345, 24), rest = block.substr(369);
    if (!Octal(times.substr(0, 12)).has_value() || !Octal(times.substr(12)).has_value() ||
        !IsZero(rest))
      return wrong("it is a part of a file, or a sparse file");
  } else if (magic != kV7 || !IsZero(block.substr(265))) {
    return wrong("it is not of the formats ustar, pax and gnu");
  }
  return header;
}

absl::Status TarReader::ParseRecords(absl::string_view records, Extended* extended) {
  const auto wrong = [](absl::string_view what) {
    return NotAChart(absl::StrCat("an extended header ", what));
  };
  while (!records.empty()) {
    // `27 path=web/templates/a.yaml`, with its own length and the end of the line counted.
    const size_t space = records.find(' ');
    size_t size = 0;
    if (space > 7 ||  // npos is
        records.substr(0, space).find_first_not_of("0123456789") != absl::string_view::npos ||
        !absl::SimpleAtoi(records.substr(0, space), &size) || size > records.size() ||
        size < space + 3 || records[size - 1] != '\n')
      return wrong("cannot be read");
    const absl::string_view record = records.substr(space + 1, size - space - 2);
    records.remove_prefix(size);
    const size_t equals = record.find('=');
    if (equals == absl::string_view::npos) return wrong("cannot be read");
    const absl::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") {
      if (extended->path.has_value()) return wrong("gives an entry two names");
      if (value.empty() || absl::StrContains(value, '\0'))
        return wrong("gives an entry a name that is empty or contains a zero byte");
      extended->path = std::string(value);
    } else if (key == "size") {
      size_t bytes = 0;
      if (value.find_first_not_of("0123456789") != absl::string_view::npos ||
          !absl::SimpleAtoi(value, &bytes))
        return wrong("gives an entry a size that is not a number");
      extended->size = bytes;
    } else if (key == "hdrcharset" && (value == "BINARY" || value == "ISO-IR 10646 2000 UTF-8")) {
      // Names stay the bytes that they are, which must be UTF-8; bsdtar in the C locale says so.
    } else if (!IsMetadata(key)) {
      return wrong(absl::StrCat("has the key ", ValidUtf8(key.substr(0, 100)),
                                ", which readers take differently"));
    }
  }
  return absl::OkStatus();
}

absl::Status TarReader::ReadExtended(const Header& header, Extended* extended) {
  if (extended->any) return NotAChart("an entry has several extended headers");
  if (header.size > kLargestExtension) return NotAChart("an extended header is too large");
  ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(header.size));
  if (header.type == 'g') {
    // Of all entries that follow, to some readers. `git archive` writes a comment.
    Extended global;
    RETURN_IF_ERROR(ParseRecords(bytes, &global));
    if (global.path.has_value() || global.size.has_value())
      return NotAChart("an extended header gives all entries one name or size");
    return absl::OkStatus();
  }
  extended->any = true;
  if (header.type == 'x') return ParseRecords(bytes, extended);
  extended->path = Name(bytes);
  if (!extended->path.has_value() || extended->path->empty())
    return NotAChart("a long name is empty or contains a zero byte");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<TarEntry>> TarReader::Next() {
  Extended extended;
  char block[kBlock];
  while (true) {
    ASSIGN_OR_RETURN(const bool more, ReadBlock(block));
    if (!more || IsZero({block, kBlock})) {
      if (more) RETURN_IF_ERROR(ReadToEnd());
      if (extended.any) return NotAChart("it ends with an extended header");
      return std::nullopt;
    }
    ASSIGN_OR_RETURN(const Header header, ParseHeader({block, kBlock}));
    if (header.type == 'x' || header.type == 'g' || header.type == 'L') {
      RETURN_IF_ERROR(ReadExtended(header, &extended));
      continue;
    }
    const std::string path = extended.path.value_or(header.path);
    if (path.empty() || path.size() > kLongestPath || !IsValidUtf8(path))
      return NotAChart(absl::StrCat("the name of the entry ", ValidUtf8(path.substr(0, 100)),
                                    " is empty, longer than ", kLongestPath,
                                    " bytes or not UTF-8"));
    if (header.type != '0' && header.type != '5')
      return NotAChart(
          absl::StrCat("the entry ", path, " is not a plain file (links and devices are refused)"));
    if (extended.size.value_or(header.size) != header.size)
      return NotAChart(absl::StrCat("the entry ", path, " has two sizes"));
    if (header.type == '5' && header.size > 0)
      return NotAChart(absl::StrCat("the entry ", path, " is a folder with the data of a file"));
    // Some readers take it for a folder and its data for more entries.
    if (header.type == '0' && absl::EndsWith(path, "/"))
      return NotAChart(absl::StrCat("the entry ", path, " is a file with the name of a folder"));
    content_ = header.size;
    last_ = path;
    return TarEntry{path, header.type == '5', header.executable, header.size};
  }
}

absl::StatusOr<std::string> TarReader::ReadContent() { return ReadBytes(content_); }

}  // namespace wheelhouse::helm
