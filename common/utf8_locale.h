// libarchive converts names by the thread's locale, and reads and writes none but ASCII ones in the
// C locale, in which services and containers mostly run.
#pragma once

#include <clocale>
#include <locale>

namespace wheelhouse {

// While it lives, the calling thread's texts are UTF-8, whatever the environment says. glibc has
// the locale built in (2.35 and later).
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = uselocale(locale_);
  }
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    uselocale(before_);
    freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  const locale_t locale_;
  locale_t before_ = nullptr;
};

}  // namespace wheelhouse
