#include "server/logging.h"

#include <absl/strings/str_format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace wheelhouse {
namespace {

// `%*`: the message, as the inside of a JSON string.
class Escaped final : public spdlog::custom_flag_formatter {
 public:
  explicit Escaped(bool quotes) : quotes_(quotes) {}

  void format(const spdlog::details::log_msg& entry, const std::tm&,
              spdlog::memory_buf_t& out) override {
    for (const char c : entry.payload) {
      std::string text(1, c);
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        text = absl::StrFormat("\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      } else if (quotes_ && (c == '"' || c == '\\')) {
        text = std::string("\\") + c;
      }
      out.append(text.data(), text.data() + text.size());
    }
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<Escaped>(quotes_);
  }

 private:
  const bool quotes_;
};

spdlog::level::level_enum LevelOf(config::v1::LogLevel level) {
  switch (level) {
    case config::v1::LOG_LEVEL_DEBUG:
      return spdlog::level::debug;
    case config::v1::LOG_LEVEL_WARN:
      return spdlog::level::warn;
    case config::v1::LOG_LEVEL_ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

}  // namespace

void StartLog(const config::v1::Log& log) {
  const bool json = log.format() == config::v1::LOG_FORMAT_JSON;
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<Escaped>('*', json);
  formatter->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %l %*");
  auto logger = std::make_shared<spdlog::logger>("wheelhoused",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(LevelOf(log.level()));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace wheelhouse
