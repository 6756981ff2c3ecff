// Limits and cancellation. Back-edges and calls take one unit of fuel each; when it is used up, the slow check looks at
// the cancel flag, the steps, the clock and the bytes, and gives more. A unit is small against 1 ms divided by the fuel
// given, so a stop is noticed within that time; builtins and kernels poll the flag themselves.
import CPlatform
import Diagnostics
import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a script may use. Tensor and heap bytes are limited by `Graph.byteLimit` and `Heap.byteLimit`.
package struct Limits: Sendable {
  /// Calls of script functions inside one another.
  package var depth = 100_000
  /// Calls of builtins that call back, inside one another: these use the native stack.
  package var nativeDepth = 400
  /// Back-edges and calls.
  package var steps = Int.max
  package var seconds = Double.infinity
  package var capabilities: Set<Capability> = Set(Capability.allCases)
  package init() {}
}

extension Machine {
  static let fuelQuantum = 1024

  /// Seconds from some fixed time.
  package static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Begins the counting for a run from outside.
  func beginLimits() {
    stepsTaken = 0
    deadline = limits.seconds.isFinite ? Machine.now() + limits.seconds : .infinity
    frameEnd = frames + min(limits.depth, frameCount)
    refuel()
  }

  func refuel() {
    let quantum = profiler == nil ? Machine.fuelQuantum : 16
    fuelGiven = min(quantum, max(1, limits.steps - stepsTaken))
    fuel = fuelGiven
  }

  /// The fuel is used up.
  @inline(never) func checkLimits() throws {
    stepsTaken &+= fuelGiven &- max(0, fuel)
    fuelGiven = 0
    fuel = 0
    profiler?.sample(self)
    if let stop = stopped { throw Diagnostic(stop, at: nil) }
    if stepsTaken >= limits.steps {
      throw Diagnostic(.stepLimit(limit: limits.steps), at: nil)
    }
    if deadline < .infinity, Machine.now() > deadline {
      throw Diagnostic(.timeLimit(seconds: limits.seconds), at: nil)
    }
    if heap.isOverLimit {
      throw Diagnostic(.memoryLimit(requested: heap.liveBytes, limit: heap.shownLimit), at: nil)
    }
    refuel()
  }

  /// What a builtin calls every few thousand steps of long work of its own: an interrupt and the limits of time and
  /// memory end it.
  package func pollLimits() throws {
    if let stopped { throw Diagnostic(stopped, at: nil) }
    if deadline < .infinity, Machine.now() > deadline {
      throw Diagnostic(.timeLimit(seconds: limits.seconds), at: nil)
    }
    if heap.isOverLimit {
      throw Diagnostic(.memoryLimit(requested: heap.liveBytes, limit: heap.shownLimit), at: nil)
    }
  }

  /// What the cancel flag says: 0 goes on, `outOfTime` was set by whoever watches the clock, anything else is an
  /// interrupt.
  var stopped: Problem? {
    switch trellis_load_relaxed_32(heap.graph.cancelFlag) {
    case 0: nil
    case Machine.outOfTime: .timeLimit(seconds: limits.seconds)
    default: .interrupted
    }
  }

  /// The value of the cancel flag that stands for the time limit: what looks at no clock of its own stops by it.
  package static let outOfTime: Int32 = 2

  /// Lets the next back-edge or call look at the limits.
  func cutFuel() {
    fuelGiven &-= max(0, fuel)
    fuel = 0
  }

  func depthError() -> Diagnostic {
    Diagnostic(
      .callDepth(limit: limits.depth), at: nil, help: "is there a call without an end? a loop needs no depth")
  }

  /// Stops that a script can't catch.
  static func isUncatchable(_ problem: Problem) -> Bool {
    switch problem {
    case .interrupted, .callDepth, .stepLimit, .timeLimit, .memoryLimit: true
    default: false
    }
  }
}
