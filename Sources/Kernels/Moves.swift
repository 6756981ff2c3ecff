// Moving elements: rows by number, strided copies, fillings. A row number may count from the end (-1 is the last).
import KernelTypes

extension Kernels {
  /// The row that number `id` means among `rows`, or -1.
  @inline(__always) private static func resolve(_ id: Int64, _ rows: Int) -> Int {
    let index = id < 0 ? Int(id) &+ rows : Int(id)
    return index >= 0 && index < rows ? index : -1
  }

  /// The first position whose row number is outside -rows..<rows, or -1.
  package static func firstBadIndex(_ ids: UnsafePointer<Int64>, count: Int, rows: Int) -> Int {
    var bad = false
    let low = -Int64(rows)
    let high = Int64(rows)
    var index = 0
    while index < count {
      bad = bad || ids[index] < low || ids[index] >= high
      index &+= 1
    }
    if !bad { return -1 }
    return (0..<count).first { ids[$0] < low || ids[$0] >= high } ?? -1
  }

  /// target[i] = source[ids[i]] for rows of `rowBytes` bytes. The first bad position, or -1.
  package static func gatherRows(
    rowBytes: Int, rows: Int, ids: UnsafePointer<Int64>, count: Int, from source: UnsafeRawPointer,
    into target: UnsafeMutableRawPointer, control: RunControl
  ) -> Int {
    let bad = firstBadIndex(ids, count: count, rows: rows)
    if bad >= 0 { return bad }
    _ = overRows(count, cost: 2 &+ rowBytes / 8, RunControl(pool: control.pool)) { first, last in
      var index = first
      while index < last {
        let from = source + resolve(ids[index], rows) &* rowBytes
        let to = target + index &* rowBytes
        switch rowBytes {
        case 4: to.storeBytes(of: from.load(as: UInt32.self), as: UInt32.self)
        case 8: to.storeBytes(of: from.load(as: UInt64.self), as: UInt64.self)
        default: to.copyMemory(from: from, byteCount: rowBytes)
        }
        index &+= 1
      }
    }
    return -1
  }

  /// target[ids[i]] += source[i] for rows of `length` numbers, in the order of i. The first bad position, or -1; then
  /// nothing was added.
  package static func scatterAddRows(
    _ type: DType, length: Int, rows: Int, ids: UnsafePointer<Int64>, count: Int, from source: UnsafeRawPointer,
    into target: UnsafeMutableRawPointer
  ) -> Int {
    let bad = firstBadIndex(ids, count: count, rows: rows)
    if bad >= 0 { return bad }
    let bytes = length &* type.size
    for index in 0..<count {
      let to = target + resolve(ids[index], rows) &* bytes
      addRow(type, length, source + index &* bytes, to)
    }
    return -1
  }

  /// to += from; integers wrap, booleans are or-ed.
  static func addRow(_ type: DType, _ count: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    var i = 0
    switch type {
    case .f32:
      let x = from.assumingMemoryBound(to: Float.self)
      let y = to.assumingMemoryBound(to: Float.self)
      while i < count {
        y[i] += x[i]
        i &+= 1
      }
    case .f64:
      let x = from.assumingMemoryBound(to: Double.self)
      let y = to.assumingMemoryBound(to: Double.self)
      while i < count {
        y[i] += x[i]
        i &+= 1
      }
    case .i64:
      let x = from.assumingMemoryBound(to: Int64.self)
      let y = to.assumingMemoryBound(to: Int64.self)
      while i < count {
        y[i] &+= x[i]
        i &+= 1
      }
    case .bool:
      let x = from.assumingMemoryBound(to: UInt8.self)
      let y = to.assumingMemoryBound(to: UInt8.self)
      while i < count {
        y[i] |= x[i]
        i &+= 1
      }
    }
  }

  /// Writes `count` times the element whose bits are in the low bytes of `bits`.
  package static func fill(_ type: DType, bits: UInt64, count: Int, into target: UnsafeMutableRawPointer) {
    switch type.size {
    case 1: target.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: bits), count: count)
    case 4: target.initializeMemory(as: UInt32.self, repeating: UInt32(truncatingIfNeeded: bits), count: count)
    default: target.initializeMemory(as: UInt64.self, repeating: bits, count: count)
    }
  }

  /// start + i * step; for integers start and step are whole numbers below 2^53.
  package static func arange(
    _ type: DType, start: Double, step: Double, count: Int, into target: UnsafeMutableRawPointer
  ) {
    for index in 0..<count {
      let value = start + Double(index) * step
      switch type {
      case .f32: target.storeBytes(of: Float(value), toByteOffset: index &* 4, as: Float.self)
      case .f64: target.storeBytes(of: value, toByteOffset: index &* 8, as: Double.self)
      case .i64:
        target.storeBytes(of: Int64(exactly: value.rounded(.down)) ?? 0, toByteOffset: index &* 8, as: Int64.self)
      case .bool: target.storeBytes(of: value != 0 ? 1 : 0, toByteOffset: index, as: UInt8.self)
      }
    }
  }

  /// target[i, ids[i]] = 1, all else 0, for rows of `classes` elements. The first bad position, or -1.
  package static func oneHot(
    _ type: DType, classes: Int, ids: UnsafePointer<Int64>, count: Int, into target: UnsafeMutableRawPointer
  ) -> Int {
    let bad = firstBadIndex(ids, count: count, rows: classes)
    if bad >= 0 { return bad }
    fill(type, bits: 0, count: count * classes, into: target)
    let one: UInt64 =
      switch type {
      case .f32: UInt64(Float(1).bitPattern)
      case .f64: Double(1).bitPattern
      case .i64, .bool: 1
      }
    for index in 0..<count {
      let place = index &* classes &+ resolve(ids[index], classes)
      fill(type, bits: one, count: 1, into: target + place &* type.size)
    }
    return -1
  }
}
