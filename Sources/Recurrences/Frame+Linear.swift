// Reductions whose terms are sums of reads, such as `v[t-1, r] + trans[r, s] for r`: all rows of a term are made by one kernel,
// and the derivative of each read is added up by one. The result is that of evaluating term by term, in the same order
// of rows.
import KernelTypes
import Kernels

extension Frame {
  /// Where a linear term counts: values of its variable, and lanes.
  struct Extent {
    var start = 0
    var count = 1
    var from: Int
    var to: Int
    var isEmpty: Bool { count <= 0 || from >= to }
  }

  @inline(__always) func extent(
    _ term: UnsafePointer<TermCode>, _ linear: UnsafePointer<LinearTerm>, _ first: Int, _ last: Int
  ) -> Extent {
    var extent = Extent(from: first, to: last)
    if let loop = term.pointee.loops.baseAddress, term.pointee.loops.count == 1 {
      var start = loop.pointee.start.value(variables)
      var end = loop.pointee.end.value(variables)
      for bound in linear.pointee.loopBounds {
        let value = bound.line.value(variables)
        // value + factor * variable >= 0
        if bound.factor > 0 {
          start = max(start, Frame.ceiling(0 &- value, bound.factor))
        } else {
          end = min(end, Frame.floor(value, 0 &- bound.factor) &+ 1)
        }
      }
      extent.start = start
      extent.count = end &- start
      variables[loop.pointee.variable] = start
    }
    for line in linear.pointee.laneBounds { clip(line, &extent.from, &extent.to) }
    return extent
  }

  private static func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : 0 &- (b &- 1 &- a) / b }
  private static func ceiling(_ a: Int, _ b: Int) -> Int { 0 &- floor(0 &- a, b) }

  @inline(__always) func rowStep(_ term: UnsafePointer<TermCode>, _ read: UnsafePointer<ReadCode>) -> Int {
    guard let loop = term.pointee.loops.baseAddress, term.pointee.loops.count == 1 else { return 0 }
    let line = read.pointee.address
    return loop.pointee.variable < line.count ? line.factors[loop.pointee.variable] : 0
  }

  func makeLinearRows(_ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int) -> Int? {
    guard let terms = reduction.pointee.terms.baseAddress, let linear = reduction.pointee.linear.baseAddress else {
      return 0
    }
    let type = reduction.pointee.type
    let size = type.size
    let pitch = Frame.pitch(last &- first)
    let neutral = reduction.pointee.operation.neutral(type)
    var count = 0
    for index in 0..<reduction.pointee.terms.count {
      let extent = extent(terms + index, linear + index, first, last)
      if extent.isEmpty { continue }
      let rows = self.rows[reduction.pointee.depth] + count &* pitch &* size
      fill(rows, reduction, terms + index, linear + index, extent, first, type, pitch, isTangent: false)
      surround(rows, extent, first, last, pitch, size, neutral)
      if reduction.pointee.isDual {
        let tangents = tangentRows[reduction.pointee.depth] + count &* pitch &* size
        fill(tangents, reduction, terms + index, linear + index, extent, first, type, pitch, isTangent: true)
        surround(tangents, extent, first, last, pitch, size, 0)
      }
      count &+= extent.count
    }
    return count
  }

  /// Fills the lanes at which the rows do not count.
  @inline(__always) private func surround(
    _ rows: UnsafeMutableRawPointer, _ extent: Extent, _ first: Int, _ last: Int, _ pitch: Int, _ size: Int,
    _ bits: UInt64
  ) {
    if extent.from == first && extent.to == last { return }
    for row in 0..<extent.count {
      let base = rows + row &* pitch &* size
      Lanes.fill(base, bits: bits, size: size, count: extent.from &- first)
      Lanes.fill(base + (extent.to &- first) &* size, bits: bits, size: size, count: last &- extent.to)
    }
  }

  @inline(__always) private func fill(
    _ rows: UnsafeMutableRawPointer, _ reduction: UnsafePointer<ReductionCode>, _ term: UnsafePointer<TermCode>,
    _ linear: UnsafePointer<LinearTerm>, _ extent: Extent, _ first: Int, _ type: DType, _ pitch: Int, isTangent: Bool
  ) {
    let size = type.size
    let lanes = extent.to &- extent.from
    let base = rows + (extent.from &- first) &* size
    let list = linear.pointee.reads
    if list.count == 2, let kernel = reduction.pointee.rowKernels.sum {
      let (a, b) = (reads + Int(list[0]), reads + Int(list[1]))
      let (x, y) = (laneStride(a), laneStride(b))
      if x | y | 1 == 1, let left = source(a, isTangent: isTangent), let right = source(b, isTangent: isTangent) {
        kernel(
          base, left + (start(a) &+ extent.from &* x) &* size, rowStep(term, a), x,
          right + (start(b) &+ extent.from &* y) &* size, rowStep(term, b), y, extent.count,
          pitch, lanes)
        return
      }
    }
    for (position, number) in list.enumerated() {
      let read = reads + Int(number)
      guard let source = source(read, isTangent: isTangent) else {
        if position == 0 {
          for row in 0..<extent.count { Lanes.fill(base + row &* pitch &* size, bits: 0, size: size, count: lanes) }
        }
        continue
      }
      let stride = laneStride(read)
      let step = rowStep(term, read)
      let start = start(read) &+ extent.from &* stride
      for row in 0..<extent.count {
        let from = source + (start &+ row &* step) &* size
        let to = base + row &* pitch &* size
        if position > 0 {
          Lanes.add(from, fromStride: stride, to: to, size: size, count: lanes)
        } else if stride == 1 {
          to.copyMemory(from: from, byteCount: lanes &* size)
        } else if stride == 0 {
          Lanes.spread(from, into: to, size: size, count: lanes)
        } else {
          Lanes.gather(from, stride: stride, into: to, size: size, count: lanes)
        }
      }
    }
  }

  /// Turns rows of weights into derivatives of terms, and adds them up where the reads came from.
  func sendLinearRows(
    _ reduction: UnsafePointer<ReductionCode>, _ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int,
    _ count: Int
  ) {
    let type = reduction.pointee.type
    guard let scale = reduction.pointee.rowKernels.scale, count > 0 else { return }
    let size = type.size
    let lanes = last &- first
    let pitch = Frame.pitch(lanes)
    let rows = self.rows[reduction.pointee.depth]
    let seed = pointers[Int(step.pointee.a)] + first &* size
    if !reduction.pointee.isDual {
      scale(rows, seed, count, pitch, lanes)
      send(rows, reduction, first, last, isTangent: false)
      return
    }
    let tangents = tangentRows[reduction.pointee.depth]
    // The tangent of weight * seed.
    scale(tangents, seed, count, pitch, lanes)
    if step.pointee.b >= 0 {
      let drift = pointers[Int(step.pointee.b)] + first &* size
      Lanes.addProducts(rows, drift, to: tangents, type, count, pitch, lanes)
    }
    scale(rows, seed, count, pitch, lanes)
    send(rows, reduction, first, last, isTangent: false)
    send(tangents, reduction, first, last, isTangent: true)
  }

  private func send(
    _ all: UnsafeMutableRawPointer, _ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int,
    isTangent: Bool
  ) {
    guard let terms = reduction.pointee.terms.baseAddress, let linear = reduction.pointee.linear.baseAddress,
      let accumulate = reduction.pointee.rowKernels.accumulate
    else { return }
    let size = reduction.pointee.type.size
    let pitch = Frame.pitch(last &- first)
    var rows = all
    for index in 0..<reduction.pointee.terms.count {
      let term = terms + index
      let extent = extent(term, linear + index, first, last)
      if extent.isEmpty { continue }
      let base = rows + (extent.from &- first) &* size
      let lanes = extent.to &- extent.from
      for number in linear[index].reads {
        let read = reads + Int(number)
        guard let target = target(read, isTangent: isTangent, isDual: reduction.pointee.isDual) else { continue }
        let stride = laneStride(read)
        let step = rowStep(term, read)
        let out = target + (start(read) &+ extent.from &* stride) &* size
        if stride | 1 == 1 {
          accumulate(out, step, stride, base, extent.count, pitch, lanes)
        } else {
          for row in 0..<extent.count {
            Lanes.add(
              base + row &* pitch &* size, to: out + row &* step &* size, stride: stride, size: size, count: lanes)
          }
        }
      }
      rows += extent.count &* pitch &* size
    }
  }

  /// Where the derivative of a read is added up.
  @inline(__always) func target(
    _ read: UnsafePointer<ReadCode>, isTangent: Bool, isDual: Bool
  ) -> UnsafeMutableRawPointer? {
    // Of inputs, the derivative itself is known when its tangent is computed.
    if isDual && !isTangent && !read.pointee.isTable { return nil }
    return isTangent ? places[read - reads].adjointTangents : places[read - reads].adjoints
  }
}
