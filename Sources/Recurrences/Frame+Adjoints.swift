// The derivatives of reductions: weights of all terms, then each term's adjoint with its row of them; and what can be asked of
// the weights on the way: one drawn term a lane instead of their mean, and the entropy of the walk that they describe.
import KernelTypes
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Frame {
  func reduceAdjoint(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    let reduction = reductions + Int(step.pointee.number)
    let size = reduction.pointee.type.size
    let seed = UnsafeRawPointer(pointers[Int(step.pointee.a)] + first &* size)
    if reduction.pointee.distance != nil, distancesAdjoint(reduction, first, last, seed) { return true }
    if logProductAdjoint(reduction, Int(step.pointee.number), first, last, seed) { return true }
    let lanes = last &- first
    let pitch = Frame.pitch(lanes)
    let rows = rows[reduction.pointee.depth]
    let tangents = tangentRows[reduction.pointee.depth]
    // The weights of a sum are 1, whatever its terms are: they need not be made, and one row does for all.
    let isSum = reduction.pointee.operation.kind == .sum
    if isSum {
      Lanes.fill(tangents, bits: 0, size: size, count: lanes)
    } else {
      guard let count = makeRows(reduction, first, last) else { return false }
      makeWeights(reduction, step, rows, tangents, count, pitch, first, last)
      if reduction.pointee.linear.count > 0 && mask == nil {
        sendLinearRows(reduction, step, first, last, count)
        return true
      }
    }
    let one = reduction.pointee.type == .f32 ? UInt64(Float(1).bitPattern) : 1.0.bitPattern
    var number = 0
    return forEachTerm(reduction, first, last) { term, from, to in
      let row = rows + (isSum ? 0 : number &* pitch) &* size - first &* size
      let tangentRow = tangents + (isSum ? 0 : number &* pitch) &* size - first &* size
      number &+= 1
      guard from < to else { return true }
      if isSum { Lanes.fill(row + first &* size, bits: one, size: size, count: lanes) }
      if mask != nil {
        // The mask of reads is known once the term has been made.
        if !evaluate(term.pointee.steps, from, to) { return false }
        for lane in from..<to where mask.map({ $0[lane] == 0 }) ?? false {
          Lanes.fill(row + lane &* size, bits: 0, size: size, count: 1)
          Lanes.fill(tangentRow + lane &* size, bits: 0, size: size, count: 1)
        }
      }
      if term.pointee.weight >= 0 { pointers[Int(term.pointee.weight)] = row }
      if term.pointee.weightTangent >= 0 { pointers[Int(term.pointee.weightTangent)] = tangentRow }
      return evaluate(term.pointee.adjoint, from, to)
    }
  }

  /// Turns rows of terms into rows of weights, and those of tangents into the weights' tangents.
  private func makeWeights(
    _ reduction: UnsafePointer<ReductionCode>, _ step: UnsafePointer<CodeStep>, _ rows: UnsafeMutableRawPointer,
    _ tangents: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int, _ first: Int, _ last: Int
  ) {
    let lanes = last &- first
    if reduction.pointee.isDual && reduction.pointee.operation.kind == .prod {
      dualProductWeights(reduction.pointee.type, rows, tangents, count, pitch, lanes)
      return
    }
    weights(reduction, rows, count, pitch, lanes)
    if entropy != nil { addEntropy(reduction, rows, count, pitch, pointers[Int(step.pointee.a)], first, last) }
    if let walk { draw(walk, reduction, rows, count, pitch, lanes, first, Int(step.pointee.number)) }
    if reduction.pointee.isDual { product(reduction, rows, tangents, count, pitch, lanes, nil, tangents) }
  }

  /// Adds seed * -sum(q log q) of each lane: summed over all cells, the entropy of the path that the weights walk.
  private func addEntropy(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ seed: UnsafeMutableRawPointer, _ first: Int, _ last: Int
  ) {
    guard reduction.pointee.columns != nil, var total = entropy else { return }
    let type = reduction.pointee.type
    for lane in first..<last {
      var sum = 0.0
      for row in 0..<count {
        let weight = element(rows, row &* pitch &+ lane &- first, type)
        if weight > 0 { sum -= weight * log(weight) }
      }
      total += sum * element(seed, lane, type)
    }
    entropy = total
  }

  /// Puts one draw in place of the weights of each lane: 1 at the drawn term, 0 elsewhere.
  private func draw(
    _ walk: RandomStream, _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int,
    _ pitch: Int, _ lanes: Int, _ first: Int, _ number: Int
  ) {
    guard reduction.pointee.columns != nil else { return }
    // One draw for each cell, reduction, and term that the reduction stands in.
    var terms = 0
    for variable in reduction.pointee.enclosing { terms = (terms ^ variables[Int(variable)]) &* 0x9E37_79B1 }
    for lane in 0..<lanes {
      let cell = (cellAddress &+ (first &+ lane) &* cellStride) ^ (terms & 0xFFFF_FFFF) << 16
      let point = walk.uniform(cell & 0xFFFF_FFFF_FFFF, draw: (code.table &* 256 &+ number) & 0xFFFF)
      var total = 0.0
      var chosen = -1
      var last = -1
      for row in 0..<count {
        let weight = element(rows, row &* pitch &+ lane, reduction.pointee.type)
        if weight > 0 { last = row }
        total += weight
        if chosen < 0 && point < total { chosen = row }
      }
      if chosen < 0 { chosen = last }
      for row in 0..<count {
        setElement(rows, row &* pitch &+ lane, row == chosen ? 1 : 0, reduction.pointee.type)
      }
    }
  }
}
