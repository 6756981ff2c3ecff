// Arrays of random numbers. Uniform and normal floats share a block among neighbours (four floats or two doubles to a
// block, always the ones whose index says so); the other distributions give each element blocks of its own.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Kernels {
  /// Uniform in [low, high); `type` is f32 or f64.
  package static func uniform(
    _ type: DType, low: Double, high: Double, _ stream: RandomStream, count: Int, into target: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    let span = high - low
    if type == .f32 {
      let out = target.assumingMemoryBound(to: Float.self)
      let top = Float(high).nextDown
      let bottom = Float(low)
      return overRows((count &+ 3) / 4, cost: 20, control) { first, last in
        for index in first..<last {
          let words = stream.block(index)
          for lane in 0..<Swift.min(4, count &- index &* 4) {
            // Rounding may reach the upper bound, which is not in the range.
            let value = Float(low + span * Double(Philox.unit(words[lane])))
            out[index &* 4 &+ lane] = value > top && top >= bottom ? top : value
          }
        }
      }
    }
    let out = target.assumingMemoryBound(to: Double.self)
    let top = high.nextDown
    return overRows((count &+ 1) / 2, cost: 20, control) { first, last in
      for index in first..<last {
        let words = stream.block(index)
        for lane in 0..<Swift.min(2, count &- index &* 2) {
          let value = low + span * Philox.unit(words[lane &* 2], words[lane &* 2 &+ 1])
          out[index &* 2 &+ lane] = value > top && top >= low ? top : value
        }
      }
    }
  }

  /// Normal with a mean and a standard deviation (Box and Muller's polar angle and radius).
  package static func normal(
    _ type: DType, mean: Double, deviation: Double, _ stream: RandomStream, count: Int,
    into target: UnsafeMutableRawPointer, control: RunControl
  ) -> KernelOutcome {
    if type == .f32 { return normalFloats(mean, deviation, stream, count, target, control) }
    let out = target.assumingMemoryBound(to: Double.self)
    return overRows((count &+ 1) / 2, cost: 200, control) { first, last in
      for index in first..<last {
        let words = stream.block(index)
        // 64 bits for the radius, whose smallest values make the tail.
        let unit = 1 - Philox.unit(words[0], words[1])
        let radius = (-2 * log(unit)).squareRoot()
        let angle = 2 * Double.pi * Philox.unit(words[2], words[3])
        out[index &* 2] = mean + deviation * (radius * cos(angle))
        if index &* 2 &+ 1 < count { out[index &* 2 &+ 1] = mean + deviation * (radius * sin(angle)) }
      }
    }
  }

  /// Floats: a run of words at a time through the vector kernel.
  private static func normalFloats(
    _ mean: Double, _ deviation: Double, _ stream: RandomStream, _ count: Int, _ target: UnsafeMutableRawPointer,
    _ control: RunControl
  ) -> KernelOutcome {
    guard let kernel = table.normal else { return .done }
    let out = target.assumingMemoryBound(to: Float.self)
    let run = 256
    return overRows((count &+ run &- 1) / run, cost: run &* 20, control) { first, last in
      withUnsafeTemporaryAllocation(byteCount: run &* 8, alignment: 64) { memory in
        guard let words = memory.baseAddress else { return }
        let numbers = words + run &* 4
        for index in first..<last {
          for block in 0..<run / 4 {
            words.storeBytes(
              of: stream.block(index &* (run / 4) &+ block), toByteOffset: block &* 16, as: SIMD4<UInt32>.self)
          }
          kernel(numbers, words, run)
          for lane in 0..<Swift.min(run, count &- index &* run) {
            let value = Double(numbers.load(fromByteOffset: lane &* 4, as: Float.self))
            out[index &* run &+ lane] = Float(mean + deviation * value)
          }
        }
      }
    }
  }

  /// Whole numbers in low..<high, all equally likely (Lemire's multiplication with rejection).
  package static func integers(
    low: Int64, high: Int64, _ stream: RandomStream, count: Int, into out: UnsafeMutablePointer<Int64>,
    control: RunControl
  ) -> KernelOutcome {
    let range = UInt64(bitPattern: high &- low)
    return overRows(count, cost: 20, control) { first, last in
      for index in first..<last {
        out[index] = low &+ Int64(bitPattern: below(range, stream, index))
      }
    }
  }

  /// A number below `range` (0 means 2^64) from the blocks of element `index`.
  static func below(_ range: UInt64, _ stream: RandomStream, _ index: Int) -> UInt64 {
    var round = 0
    while true {
      let words = stream.block(index, round: round)
      let word = UInt64(words[0]) << 32 | UInt64(words[1])
      if range == 0 { return word }
      let product = word.multipliedFullWidth(by: range)
      // The lowest 2^64 mod range values of the low half belong to an incomplete stretch.
      if product.low >= range || product.low >= (0 &- range) % range { return product.high }
      round &+= 1
    }
  }

  /// true with a probability.
  package static func bernoulli(
    probability: Double, _ stream: RandomStream, count: Int, into out: UnsafeMutablePointer<UInt8>, control: RunControl
  ) -> KernelOutcome {
    overRows((count &+ 1) / 2, cost: 20, control) { first, last in
      for index in first..<last {
        let words = stream.block(index)
        for lane in 0..<Swift.min(2, count &- index &* 2) {
          out[index &* 2 &+ lane] = Philox.unit(words[lane &* 2], words[lane &* 2 &+ 1]) < probability ? 1 : 0
        }
      }
    }
  }

  /// Exponential with mean 1.
  package static func exponential(
    _ type: DType, _ stream: RandomStream, count: Int, into target: UnsafeMutableRawPointer, control: RunControl
  ) -> KernelOutcome {
    overRows((count &+ 1) / 2, cost: 100, control) { first, last in
      for index in first..<last {
        let words = stream.block(index)
        for lane in 0..<Swift.min(2, count &- index &* 2) {
          let value = -log1p(-Philox.unit(words[lane &* 2], words[lane &* 2 &+ 1]))
          write(value, type, target, index &* 2 &+ lane)
        }
      }
    }
  }

  @inline(__always)
  static func write(_ value: Double, _ type: DType, _ target: UnsafeMutableRawPointer, _ index: Int) {
    if type == .f32 {
      target.storeBytes(of: Float(value), toByteOffset: index &* 4, as: Float.self)
    } else {
      target.storeBytes(of: value, toByteOffset: index &* 8, as: Double.self)
    }
  }

  /// 0..<n in random order (Fisher and Yates from the end; step i uses the blocks of element i).
  package static func permutation(_ stream: RandomStream, count: Int, into out: UnsafeMutablePointer<Int64>) {
    var index = 0
    while index < count {
      out[index] = Int64(index)
      index &+= 1
    }
    index = count &- 1
    while index > 0 {
      let other = Int(below(UInt64(index &+ 1), stream, index))
      let value = out[index]
      out[index] = out[other]
      out[other] = value
      index &-= 1
    }
  }
}
