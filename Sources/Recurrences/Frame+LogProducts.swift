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
  /// For the derivative of a vector that nobody looks at.
  let spare: UnsafeMutableRawPointer
  /// Where the derivative of the matrix goes.
  let target: UnsafeMutableRawPointer?

  var pitch: Int { (columns &+ 15) & ~15 }
  var rowPitch: Int { (rows &+ 15) & ~15 }
}

extension Frame {
  /// Blocks of lanes, and instances, whose matrices are kept at the same time.
  static let mostKeptMatrices = 64

  /// What a product at hand is made of.
  struct Product {
    let kept: UnsafePointer<KeptMatrix>
    /// The read of the vector, and from element to element.
    let vector: UnsafePointer<ReadCode>
    let step: Int
    let gamma: Double
    let size: Int
  }

  /// nil where a reduction is no product.
  @inline(__always) func product(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int
  ) -> Product? {
    guard reduction.pointee.linear.count == 1, let linear = reduction.pointee.linear.baseAddress,
      linear.pointee.matrix >= 0, mask == nil, let kept = keptMatrix(reduction, number, linear, first, last),
      let terms = reduction.pointee.terms.baseAddress
    else { return nil }
    let vector = reads + Int(linear.pointee.vector)
    return Product(
      kept: kept, vector: vector, step: rowStep(terms, vector), gamma: reduction.pointee.operation.signedGamma,
      size: reduction.pointee.type.size)
  }

  /// Where the vector of a product begins, and its derivative: nil if nobody looks at that.
  @inline(__always) func vector(_ product: Product) -> (values: UnsafeRawPointer, adjoints: UnsafeMutableRawPointer?)? {
    let offset = product.vector.pointee.address.value(variables) &* product.size
    guard let source = source(product.vector, isTangent: false) else { return nil }
    if product.step == 1 { askAhead(product.vector, source + offset, product.kept.pointee.rows) }
    return (source + offset, places[product.vector - reads].adjoints.map { $0 + offset })
  }

  /// The value of a reduction of this kind into `out`; false if it is none, or would not be exact.
  func logProduct(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int, _ out: UnsafeMutableRawPointer
  ) -> Bool {
    guard let product = product(reduction, number, first, last), let vector = vector(product) else { return false }
    var (target, source) = (out, vector.values)
    return Frame.values(reduction, product, &target, &source, chains: 1)
  }

  static func values(
    _ reduction: UnsafePointer<ReductionCode>, _ product: Product, _ values: UnsafePointer<UnsafeMutableRawPointer>,
    _ vectors: UnsafePointer<UnsafeRawPointer>, chains: Int
  ) -> Bool {
    guard let kernel = reduction.pointee.rowKernels.logProduct else { return false }
    let kept = product.kept
    return kernel(
      values, kept.pointee.scratch, vectors, product.step, chains, UnsafeRawPointer(kept.pointee.memory),
      UnsafeRawPointer(kept.pointee.top), kept.pointee.rows, kept.pointee.columns, kept.pointee.pitch,
      kept.pointee.rowPitch, product.gamma) != 0
  }

  /// Sends the derivative `seed` of such a reduction on; false as above.
  func logProductAdjoint(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int, _ seed: UnsafeRawPointer
  ) -> Bool {
    guard walk == nil, entropy == nil, !reduction.pointee.isDual,
      let product = product(reduction, number, first, last), let vector = vector(product)
    else { return false }
    var (seed, source, target) = (seed, vector.values, vector.adjoints ?? product.kept.pointee.spare)
    return Frame.adjoints(
      reduction, product, &target, &seed, &source, isWanted: vector.adjoints != nil, chains: 1)
  }

  static func adjoints(
    _ reduction: UnsafePointer<ReductionCode>, _ product: Product, _ targets: UnsafePointer<UnsafeMutableRawPointer>,
    _ seeds: UnsafePointer<UnsafeRawPointer>, _ vectors: UnsafePointer<UnsafeRawPointer>, isWanted: Bool, chains: Int
  ) -> Bool {
    guard let kernel = reduction.pointee.rowKernels.logProductAdjoint else { return false }
    let kept = product.kept
    return kernel(
      targets, isWanted ? product.step : 1, kept.pointee.target == nil ? nil : kept.pointee.sums, seeds,
      kept.pointee.scratch, vectors, product.step, chains, UnsafeRawPointer(kept.pointee.memory),
      UnsafeRawPointer(kept.pointee.transposed), UnsafeRawPointer(kept.pointee.top), kept.pointee.rows,
      kept.pointee.columns, kept.pointee.pitch, kept.pointee.rowPitch, product.gamma) != 0
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
    let chains = mostLogProductChains
    let elements = 2 &* rows &* pitch &+ columns &* rowPitch &+ (chains &+ 1) &* pitch &+ (2 &* chains &+ 1) &* rowPitch
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
      scratch: top + pitch &* size, spare: memory + (elements &- rowPitch) &* size,
      target: target(read, isTangent: false, isDual: false))
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
