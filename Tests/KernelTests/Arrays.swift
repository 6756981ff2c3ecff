// Padded memory for tests, typed by element.
import KernelTypes
import Kernels

final class Block {
  let address: UnsafeMutableRawPointer
  let bytes: Int
  init(bytes: Int) {
    self.bytes = bytes + 256
    address = Buffers.allocate(self.bytes)
    address.initializeMemory(as: UInt8.self, repeating: 0xAA, count: self.bytes)
  }
  convenience init<T>(_ values: [T]) {
    self.init(bytes: values.count * MemoryLayout<T>.stride)
    values.withUnsafeBytes { source in
      if let base = source.baseAddress { address.copyMemory(from: base, byteCount: source.count) }
    }
  }
  deinit { Buffers.free(address, bytes) }

  var pointer: UnsafeRawPointer { UnsafeRawPointer(address) }
  func array<T>(_ type: T.Type, _ count: Int) -> [T] {
    withExtendedLifetime(self) {
      Array(UnsafeBufferPointer(start: address.assumingMemoryBound(to: T.self), count: count))
    }
  }
}

/// Calls an element kernel and keeps its blocks alive meanwhile.
func call(_ kernel: ElementKernel, _ out: Block, _ a: Block, _ b: Block, _ c: Block, _ count: Int) -> Int {
  withExtendedLifetime((out, a, b, c)) { kernel(out.address, a.pointer, b.pointer, c.pointer, count) }
}

/// Bit patterns, so that NaN equals itself and -0 differs from 0.
func bits(_ x: [Float]) -> [UInt32] { x.map(\.bitPattern) }
func bits(_ x: [Double]) -> [UInt64] { x.map(\.bitPattern) }

extension ElementOp {
  /// The error that the kernels promise, in units of the last place.
  func tolerance(_ type: DType) -> Double {
    switch self {
    case .exp, .expm1, .log, .erf, .sin, .cos: return 1.6
    case .rsqrt: return 1.5
    case .log1p, .sigmoid, .gelu: return 3
    case .tanh, .tan, .softplus: return 3.1
    case .pow: return 1.1
    case .floordiv: return 0.51
    default: return 0.51
    }
  }
}
