// IDX files: two zero bytes, a type, the number of axes, the sizes as big-endian 32-bit integers, then the elements in
// row-major order, big-endian. Every count is held against the bytes there are before anything is allocated.
import CZlib
import Diagnostics
import KernelTypes
import Tensor
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

struct IDXReader {
  let path: String
  let heap: Heap

  func tensor() throws -> Value {
    let file = try FileBytes(path: path, heap: heap)
    defer { file.free() }
    if file.buffer.count >= 2, file.buffer[0] == 0x1F, file.buffer[1] == 0x8B {
      return try unpacked(file.buffer, parse)
    }
    return try parse(file.buffer)
  }

  private func bad(_ detail: String, help: String? = nil) -> Diagnostic {
    Diagnostic(.badData(path: path, detail: detail), at: nil, help: help)
  }

  private func unpacked(
    _ packed: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value
  ) throws -> Value {
    var output: UnsafeMutablePointer<UInt8>?
    var count = 0
    let limit = heap.shownLimit == Int.max ? Int.max / 4 : heap.shownLimit
    let outcome = trellis_gunzip(packed.baseAddress, packed.count, limit, &output, &count)
    defer { free(output) }
    switch Int(outcome) {
    case trellis_gunzip_done: return try body(UnsafeBufferPointer(start: output, count: count))
    case trellis_gunzip_truncated:
      throw bad("the packed file ends too early, after \(packed.count) bytes", help: "fetch the file again")
    case trellis_gunzip_too_large:
      throw Diagnostic(.memoryLimit(requested: packed.count, limit: limit), at: nil)
    default: throw bad("the packed data are damaged", help: "fetch the file again")
    }
  }

  private enum Element: UInt8 {
    case unsignedByte = 0x08, signedByte = 0x09, short = 0x0B, int = 0x0C, float = 0x0D, double = 0x0E

    var size: Int {
      switch self {
      case .unsignedByte, .signedByte: 1
      case .short: 2
      case .int, .float: 4
      case .double: 8
      }
    }
  }

  private func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws -> Value {
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, let element = Element(rawValue: bytes[2]), bytes[3] > 0 else {
      let start = bytes.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
      throw bad("it is no IDX file: it begins with the bytes \(start.isEmpty ? "(none)" : start)")
    }
    let rank = Int(bytes[3])
    guard bytes.count >= 4 + 4 * rank else { throw bad("it ends inside its head, after \(bytes.count) bytes") }
    let dims = (0..<rank).map { Int(integer(bytes, 4 + 4 * $0, UInt32.self)) }
    var count = 1
    for size in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { throw bad("its sizes \(dims) are beyond any file") }
      count = product
    }
    let start = 4 + 4 * rank
    let (needed, overflow) = count.multipliedReportingOverflow(by: element.size)
    if overflow || needed > bytes.count - start {
      throw bad(
        "it ends too early: \(dims.map(String.init).joined(separator: " x ")) elements need \(needed) bytes, "
          + "found \(bytes.count - start)", help: "fetch the file again")
    }
    if needed < bytes.count - start { throw bad("\(bytes.count - start - needed) bytes follow the last element") }

    let isLabels = rank == 1 && element != .float && element != .double
    let type: DType = isLabels ? .i64 : (element == .double ? .f64 : .f32)
    return Value(
      try heap.graph.make(dims, type) { memory in
        switch element {
        case .unsignedByte: write(memory, type, count) { Int(bytes[start + $0]) }
        case .signedByte: write(memory, type, count) { Int(Int8(bitPattern: bytes[start + $0])) }
        case .short:
          write(memory, type, count) { Int(Int16(bitPattern: integer(bytes, start + 2 * $0, UInt16.self))) }
        case .int: write(memory, type, count) { Int(Int32(bitPattern: integer(bytes, start + 4 * $0, UInt32.self))) }
        case .float:
          for index in 0..<count {
            let value = Float(bitPattern: integer(bytes, start + 4 * index, UInt32.self))
            memory.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
          }
        case .double:
          for index in 0..<count {
            let value = Double(bitPattern: integer(bytes, start + 8 * index, UInt64.self))
            memory.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
          }
        }
      })
  }

  @inline(__always)
  private func write(_ memory: UnsafeMutableRawPointer, _ type: DType, _ count: Int, _ element: (Int) -> Int) {
    if type == .i64 {
      for index in 0..<count { memory.storeBytes(of: element(index), toByteOffset: 8 * index, as: Int.self) }
    } else {
      for index in 0..<count { memory.storeBytes(of: Float(element(index)), toByteOffset: 4 * index, as: Float.self) }
    }
  }

  @inline(__always)
  private func integer<T: FixedWidthInteger>(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, _: T.Type) -> T {
    T(bigEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}
