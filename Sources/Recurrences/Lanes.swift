// Moves between lanes and memory.

import CPlatform
import KernelTypes

enum Lanes {
  @inline(__always) static func bits(_ from: UnsafeRawPointer, _ size: Int) -> UInt64 {
    switch size {
    case 1: UInt64(from.load(as: UInt8.self))
    case 4: UInt64(from.load(as: UInt32.self))
    default: from.load(as: UInt64.self)
    }
  }

  /// Cells that a table leaves out hold it.
  static func nan(size: Int) -> UInt64 { size == 4 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern }

  @inline(__always) static func fill(_ target: UnsafeMutableRawPointer, bits: UInt64, size: Int, count: Int) {
    switch size {
    case 1: fill(target.assumingMemoryBound(to: UInt8.self), UInt8(truncatingIfNeeded: bits), count)
    case 4: fill(target.assumingMemoryBound(to: UInt32.self), UInt32(truncatingIfNeeded: bits), count)
    default: fill(target.assumingMemoryBound(to: UInt64.self), bits, count)
    }
  }
  @inline(__always) private static func fill<T>(_ target: UnsafeMutablePointer<T>, _ value: T, _ count: Int) {
    var lane = 0
    while lane < count {
      target[lane] = value
      lane &+= 1
    }
  }

  /// The first lane into all.
  @inline(__always) static func spread(
    _ from: UnsafeRawPointer, into target: UnsafeMutableRawPointer, size: Int, count: Int
  ) {
    fill(target, bits: bits(from, size), size: size, count: count)
  }

  /// Of cells that lie a cache line or more apart, with those `ahead` bytes further on asked for: lines of cells that follow
  /// come to them, and no processor sees through that many strides.
  @inline(__always) static func gather(
    _ from: UnsafeRawPointer, stride: Int, ahead: Int, into target: UnsafeMutableRawPointer, size: Int, count: Int
  ) {
    if ahead != 0 { prefetch(from + ahead, stride &* size, count) }
    gather(from, stride: stride, into: target, size: size, count: count)
  }

  @inline(__always) static func prefetch(_ from: UnsafeRawPointer, _ step: Int, _ count: Int) {
    if step < 64 && step > -64 { return }
    var lane = 0
    while lane < count {
      trellis_prefetch(from + lane &* step)
      lane &+= 1
    }
  }

  @inline(__always) static func gather(
    _ from: UnsafeRawPointer, stride: Int, into target: UnsafeMutableRawPointer, size: Int, count: Int
  ) {
    switch size {
    case 1: gather(from.assumingMemoryBound(to: UInt8.self), stride, target.assumingMemoryBound(to: UInt8.self), count)
    case 4:
      gather(from.assumingMemoryBound(to: UInt32.self), stride, target.assumingMemoryBound(to: UInt32.self), count)
    default:
      gather(from.assumingMemoryBound(to: UInt64.self), stride, target.assumingMemoryBound(to: UInt64.self), count)
    }
  }
  @inline(__always) private static func gather<T>(
    _ from: UnsafePointer<T>, _ stride: Int, _ target: UnsafeMutablePointer<T>, _ count: Int
  ) {
    var lane = 0
    while lane < count {
      target[lane] = from[lane &* stride]
      lane &+= 1
    }
  }

  @inline(__always) static func scatter(
    _ from: UnsafeRawPointer, into target: UnsafeMutableRawPointer, stride: Int, size: Int, count: Int
  ) {
    if stride == 1 {
      target.copyMemory(from: from, byteCount: count &* size)
      return
    }
    switch size {
    case 1: scatter(from.assumingMemoryBound(to: UInt8.self), target.assumingMemoryBound(to: UInt8.self), stride, count)
    case 4:
      scatter(from.assumingMemoryBound(to: UInt32.self), target.assumingMemoryBound(to: UInt32.self), stride, count)
    default:
      scatter(from.assumingMemoryBound(to: UInt64.self), target.assumingMemoryBound(to: UInt64.self), stride, count)
    }
  }
  @inline(__always) private static func scatter<T>(
    _ from: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ stride: Int, _ count: Int
  ) {
    var lane = 0
    while lane < count {
      target[lane &* stride] = from[lane]
      lane &+= 1
    }
  }

  /// target += from
  @inline(__always) static func add(
    _ from: UnsafeRawPointer, to target: UnsafeMutableRawPointer, stride: Int = 1, size: Int, count: Int
  ) {
    if size == 4 {
      var lane = 0
      if stride == 1 {
        while lane &+ 16 <= count {
          let sum =
            (target + lane &* 4).loadUnaligned(as: SIMD16<Float>.self)
            + (from + lane &* 4).loadUnaligned(as: SIMD16<Float>.self)
          (target + lane &* 4).storeBytes(of: sum, as: SIMD16<Float>.self)
          lane &+= 16
        }
      }
      add(
        from.assumingMemoryBound(to: Float.self) + lane,
        target.assumingMemoryBound(to: Float.self) + lane &* stride, stride, count &- lane)
    } else {
      add(from.assumingMemoryBound(to: Double.self), target.assumingMemoryBound(to: Double.self), stride, count)
    }
  }
  @inline(__always) private static func add<T: BinaryFloatingPoint>(
    _ from: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ stride: Int, _ count: Int
  ) {
    var lane = 0
    if stride == 1 {
      while lane < count {
        target[lane] += from[lane]
        lane &+= 1
      }
    } else {
      while lane < count {
        target[lane &* stride] += from[lane]
        lane &+= 1
      }
    }
  }

  /// target += from, where `from` moves by `fromStride`
  @inline(__always) static func add(
    _ from: UnsafeRawPointer, fromStride: Int, to target: UnsafeMutableRawPointer, size: Int, count: Int
  ) {
    if size == 4 {
      let (from, target) = (from.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self))
      for lane in 0..<count { target[lane] += from[lane &* fromStride] }
    } else {
      let (from, target) = (from.assumingMemoryBound(to: Double.self), target.assumingMemoryBound(to: Double.self))
      for lane in 0..<count { target[lane] += from[lane &* fromStride] }
    }
  }

  /// target[lane * stride] += a[lane] * b[lane]
  static func addProducts(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, to target: UnsafeMutableRawPointer, stride: Int, size: Int,
    count: Int
  ) {
    if size == 4 {
      let (x, y) = (a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self))
      let out = target.assumingMemoryBound(to: Float.self)
      for lane in 0..<count { out[lane &* stride] += x[lane] * y[lane] }
    } else {
      let (x, y) = (a.assumingMemoryBound(to: Double.self), b.assumingMemoryBound(to: Double.self))
      let out = target.assumingMemoryBound(to: Double.self)
      for lane in 0..<count { out[lane &* stride] += x[lane] * y[lane] }
    }
  }

  /// out[row, lane] += rows[row, lane] * scale[lane]
  static func addProducts(
    _ rows: UnsafeRawPointer, _ scale: UnsafeRawPointer, to out: UnsafeMutableRawPointer, _ type: DType, _ count: Int,
    _ pitch: Int, _ lanes: Int
  ) {
    for row in 0..<count {
      let offset = row &* pitch
      if type == .f32 {
        let (from, to) = (rows.assumingMemoryBound(to: Float.self), out.assumingMemoryBound(to: Float.self))
        let factor = scale.assumingMemoryBound(to: Float.self)
        for lane in 0..<lanes { to[offset &+ lane] += from[offset &+ lane] * factor[lane] }
      } else {
        let (from, to) = (rows.assumingMemoryBound(to: Double.self), out.assumingMemoryBound(to: Double.self))
        let factor = scale.assumingMemoryBound(to: Double.self)
        for lane in 0..<lanes { to[offset &+ lane] += from[offset &+ lane] * factor[lane] }
      }
    }
  }

  /// target[0] += the sum of `count` lanes, in eight partial sums that are folded in order.
  @inline(__always) static func addSum(
    _ from: UnsafeRawPointer, to target: UnsafeMutableRawPointer, size: Int, count: Int
  ) {
    if size == 4 {
      target.assumingMemoryBound(to: Float.self)[0] += sum(from.assumingMemoryBound(to: Float.self), count)
    } else {
      target.assumingMemoryBound(to: Double.self)[0] += sum(from.assumingMemoryBound(to: Double.self), count)
    }
  }
  @inline(__always) private static func sum(_ from: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var lane = 0
    while lane &+ 8 <= count {
      sums += UnsafeRawPointer(from + lane).loadUnaligned(as: SIMD8<Float>.self)
      lane &+= 8
    }
    var total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    while lane < count {
      total += from[lane]
      lane &+= 1
    }
    return total
  }
  @inline(__always) private static func sum(_ from: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD8<Double>.zero
    var lane = 0
    while lane &+ 8 <= count {
      sums += UnsafeRawPointer(from + lane).loadUnaligned(as: SIMD8<Double>.self)
      lane &+= 8
    }
    var total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    while lane < count {
      total += from[lane]
      lane &+= 1
    }
    return total
  }
}
