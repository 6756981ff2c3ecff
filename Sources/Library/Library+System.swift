// The clock, waiting, and the environment of the process. Each needs its capability.
import Diagnostics
import Tensor
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let time = Derivative.none(because: "time is not a function of the parameters")

extension Library {
  static let system: [Builtin] = [clock, now, sleep, getEnvironment]

  private static let clock = Builtin(
    "clock", [], summary: "Seconds since some fixed moment, for measuring.",
    details: "Never goes back. `now()` gives the time of day.",
    example: "let start = clock()\nprint(clock() >= start)", expected: "true", derivative: time, capability: .clock
  ) { _ in Value(monotonicSeconds()) }

  private static let now = Builtin(
    "now",
    [BuiltinParameter("utc", .bool, .optional(shownDefault: "true"), "in universal time; `false`: in local time")],
    summary: "The date and time of day in ISO form, to the millisecond.",
    details: "Such texts sort by time. Local time has its distance to universal time behind it.",
    example: "print(len(now()), now()[-1])", expected: "24 Z", derivative: time, capability: .clock
  ) { call in
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    var seconds = moment.tv_sec
    var parts = tm()
    let isUniversal = try call.bool(0, default: true)
    if isUniversal { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
    func padded(_ number: Int, _ digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    let date =
      "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
    let hour = "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
    var zone = "Z"
    if !isUniversal {
      let minutes = Int(parts.tm_gmtoff) / 60
      let size = Swift.abs(minutes)
      zone = "\(minutes < 0 ? "-" : "+")\(padded(size / 60, 2)):\(padded(size % 60, 2))"
    }
    return call.heap.string("\(date)T\(hour).\(padded(Int(moment.tv_nsec) / 1_000_000, 3))\(zone)")
  }

  private static let sleep = Builtin(
    "sleep", [BuiltinParameter("seconds", .numeric, .required, "how long, 0 or more")],
    summary: "Waits.", details: "An interrupt or the end of the script's time ends it.",
    example: "let start = clock()\nsleep(0.01)\nprint(clock() - start >= 0.01)", expected: "true", derivative: time,
    capability: .clock
  ) { call in
    let seconds = try call.number(0)
    if !(seconds >= 0) { throw call.bad("`seconds` is \(seconds); it must be 0 or more") }
    try call.machine.settleBeforeHost()
    let end = monotonicSeconds() + seconds
    while true {
      try call.machine.pollLimits()
      let left = end - monotonicSeconds()
      if left <= 0 { return .none }
      // Short naps, so that a stop is noticed.
      var nap = timespec(tv_sec: 0, tv_nsec: Int(min(left, 0.005) * 1e9))
      nanosleep(&nap, nil)
    }
  }

  private static let getEnvironment = Builtin(
    "get_env",
    [
      BuiltinParameter("name", .string, .required, "the name of a variable of the environment"),
      BuiltinParameter("default", .any, .optional(shownDefault: "none"), "result if it is not set"),
    ],
    summary: "The text of a variable of the environment, or the default.",
    example: "print(get_env(\"NO_SUCH_VARIABLE\", \"unset\"))", expected: "unset",
    derivative: .none(because: "the environment does not depend on the parameters"), capability: .environment
  ) { call in
    let name = try call.text(0)
    if name.isEmpty || name.contains("\0") || name.contains("=") { throw call.bad("`name` is no name of a variable") }
    if let value = environment(name) { return call.heap.string(value) }
    return call.isAbsent(1) ? .none : call.heap.retained(call[1])
  }
}
