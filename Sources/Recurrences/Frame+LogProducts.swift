// Chains: `smooth(v[t-1, r] + trans[r, s] for r)`, where the lanes are s. Every cell meets the same matrix, so its exponentials
// are kept, and a line of cells is one product in the logarithmic semiring (see KernelTypes/LogProducts.swift). The
// derivative of the matrix is added up without its factor and multiplied by it once, at the end.
//
// Where the kernel says that a product would not be exact, the terms are taken one by one.
import KernelTypes
import Kernels

/// A matrix whose exponentials are kept, for one block of lanes.
struct KeptMatrix {
  let reduction: Int
  /// Of its first element in the input.
  let address: Int
  let rows: Int
  let columns: Int
  /// Of an element, in bytes.
  let size: Int
  let rowStep: Int
  let laneStep: Int
  let memory: UnsafeMutableRawPointer
  let bytes: Int
  /// e and its transpose, one after the other, then what is added up for e, tops, and scratch.
  let transposed: UnsafeMutableRawPointer
  let sums: UnsafeMutableRawPointer
  let top: UnsafeMutableRawPointer
  let scratch: UnsafeMutableRawPointer
  /// Where the derivative of the matrix goes.
  let target: UnsafeMutableRawPointer?

  var pitch: Int { (columns &+ 15) & ~15 }
  var rowPitch: Int { (rows &+ 15) & ~15 }
}

extension Frame {
  /// Blocks of lanes, and instances, whose matrices are kept at the same time.
  static let mostKeptMatrices = 64

  /// What a product at hand is made of.
  private struct Operands {
    let kept: UnsafePointer<KeptMatrix>
    /// The vector: its read, its elements, their offset in bytes in what is read, and from element to element.
    let vector: UnsafePointer<ReadCode>
    let source: UnsafeRawPointer
    let offset: Int
    let step: Int
  }

  /// nil where a reduction is no product.
  @inline(__always) private func operands(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int
  ) -> Operands? {
    guard reduction.pointee.linear.count == 1, let linear = reduction.pointee.linear.baseAddress,
      linear.pointee.matrix >= 0, mask == nil, let kept = keptMatrix(reduction, number, linear, first, last),
      let terms = reduction.pointee.terms.baseAddress
    else { return nil }
    let vector = reads + Int(linear.pointee.vector)
    guard let source = source(vector, isTangent: false) else { return nil }
    let offset = vector.pointee.address.value(variables) &* reduction.pointee.type.size
    return Operands(
      kept: kept, vector: vector, source: source + offset, offset: offset, step: rowStep(terms, vector))
  }

  /// The value of a reduction of this kind into `out`; false if it is none, or would not be exact.
  func logProduct(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int, _ out: UnsafeMutableRawPointer
  ) -> Bool {
    guard let kernel = reduction.pointee.rowKernels.logProduct,
      let operands = operands(reduction, number, first, last)
    else { return false }
    let kept = operands.kept.pointee
    return kernel(
      out, kept.scratch, operands.source, operands.step, UnsafeRawPointer(kept.memory), UnsafeRawPointer(kept.top),
      kept.rows, kept.columns, kept.pitch, reduction.pointee.operation.signedGamma) != 0
  }

  /// Sends the derivative `seed` of such a reduction on; false as above.
  func logProductAdjoint(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int, _ seed: UnsafeRawPointer
  ) -> Bool {
    guard walk == nil, entropy == nil, !reduction.pointee.isDual,
      let kernel = reduction.pointee.rowKernels.logProductAdjoint,
      let operands = operands(reduction, number, first, last)
    else { return false }
    let kept = operands.kept.pointee
    let target = target(operands.vector, isTangent: false, isDual: false).map { $0 + operands.offset }
    // Without a place for it, the vector's derivative is added up where nobody looks.
    let spare = kept.scratch + (2 &* kept.rowPitch &+ kept.pitch) &* kept.size
    return kernel(
      target ?? spare, target == nil ? 1 : operands.step, kept.target == nil ? nil : kept.sums, seed, kept.scratch,
      operands.source, operands.step, UnsafeRawPointer(kept.memory), UnsafeRawPointer(kept.transposed),
      UnsafeRawPointer(kept.top), kept.rows, kept.columns, kept.pitch, kept.rowPitch,
      reduction.pointee.operation.signedGamma) != 0
  }

  /// The matrix of the cells at hand; nil where not all lanes and rows count.
  private func keptMatrix(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ linear: UnsafePointer<LinearTerm>, _ first: Int,
    _ last: Int
  ) -> UnsafePointer<KeptMatrix>? {
    guard let terms = reduction.pointee.terms.baseAddress else { return nil }
    let extent = extent(terms, linear, first, last)
    if extent.isEmpty || extent.from != first || extent.to != last { return nil }
    let read = reads + Int(linear.pointee.matrix)
    let address = read.pointee.address.value(variables) &+ first &* read.pointee.address.stride
    let (rows, columns) = (extent.count, last &- first)
    // Blocks take turns.
    for offset in 0..<keptCount {
      lastKept = lastKept &+ (offset == 0 ? 0 : 1)
      if lastKept >= keptCount { lastKept = 0 }
      let one = kept + lastKept
      if one.pointee.address == address && one.pointee.reduction == number && one.pointee.columns == columns
        && one.pointee.rows == rows
      {
        return UnsafePointer(one)
      }
    }
    return keep(reduction, number, read, terms, address, rows, columns)
  }

  private func keep(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ read: UnsafePointer<ReadCode>,
    _ terms: UnsafePointer<TermCode>, _ address: Int, _ rows: Int, _ columns: Int
  ) -> UnsafePointer<KeptMatrix>? {
    let type = reduction.pointee.type
    guard let kernel = reduction.pointee.rowKernels.logMatrix, let source = source(read, isTangent: false) else {
      return nil
    }
    let size = type.size
    let pitch = (columns &+ 15) & ~15
    let rowPitch = (rows &+ 15) & ~15
    let elements = 2 &* rows &* pitch &+ columns &* rowPitch &+ 2 &* pitch &+ 3 &* rowPitch
    let bytes = elements &* size
    if keptCount >= Frame.mostKeptMatrices || keptBytes &+ bytes > code.keptBytes { giveBackMatrices() }
    keptBytes &+= bytes
    let memory = Buffers.allocate(bytes)
    let transposed = memory + rows &* pitch &* size
    let sums = transposed + columns &* rowPitch &* size
    let top = sums + rows &* pitch &* size
    let made = KeptMatrix(
      reduction: number, address: address, rows: rows, columns: columns, size: size, rowStep: rowStep(terms, read),
      laneStep: read.pointee.address.stride, memory: memory, bytes: bytes, transposed: transposed, sums: sums, top: top,
      scratch: top + pitch &* size, target: target(read, isTangent: false, isDual: false))
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    kernel(
      memory, transposed, top, source + address &* size, made.rowStep, made.laneStep, rows, columns, pitch, rowPitch,
      reduction.pointee.operation.signedGamma)
    lastKept = keptCount
    (kept + keptCount).initialize(to: made)
    keptCount &+= 1
    return UnsafePointer(kept + lastKept)
  }

  /// Adds what was added up to the derivatives of the matrices, and forgets them.
  func giveBackMatrices() {
    for index in 0..<keptCount {
      let one = kept[index]
      if let target = one.target {
        let size = one.size
        for row in 0..<one.rows {
          let offset = row &* one.pitch
          let out = target + (one.address &+ row &* one.rowStep) &* size
          Lanes.addProducts(
            one.memory + offset &* size, one.sums + offset &* size, to: out, stride: one.laneStep, size: size,
            count: one.columns)
        }
      }
      Buffers.free(one.memory, one.bytes)
    }
    keptCount = 0
    keptBytes = 0
  }
}
