// Sums of squared differences (see KernelTypes/Distances.swift): one call for all lanes and all terms. Values are those of
// evaluating term by term, bit for bit.
import KernelTypes
import Kernels

extension Frame {
  private struct Operands {
    let point: UnsafeRawPointer
    let pointRow: Int
    let others: UnsafeRawPointer
    let pitch: Int
  }

  /// nil where the reduction is none, or some lanes do not count.
  private func operands(_ reduction: UnsafePointer<ReductionCode>, _ distance: DistanceCode, _ first: Int, _ last: Int)
    -> Operands?
  {
    if mask != nil || distance.count == 0 { return nil }
    let size = reduction.pointee.type.size
    let (point, others) = (reads + Int(distance.point), reads + Int(distance.others))
    guard let pointSource = source(point, isTangent: false), let source = source(others, isTangent: false) else {
      return nil
    }
    let stride = others.pointee.address.stride
    variables[distance.variable] = distance.start
    let start = pointSource + point.pointee.address.value(variables) &* size
    let address = others.pointee.address.value(variables)
    let pointRow = rowStep(point, distance)
    if stride == 1 {
      return Operands(
        point: start, pointRow: pointRow, others: source + (address &+ first) &* size, pitch: rowStep(others, distance))
    }
    if others.pointee.keptRows != distance.count { return nil }
    let step = rowStep(others, distance)
    var base = source
    for row in (0..<distance.count).reversed() {
      variables[distance.variable] = distance.start &+ row
      let at = address &+ row &* step
      base = UnsafeRawPointer(
        keptRow(others, Int(distance.others), source + (at &+ first &* stride) &* size, at, first, last))
    }
    return Operands(point: start, pointRow: pointRow, others: base + first &* size, pitch: keptPitch)
  }

  @inline(__always) private func rowStep(_ read: UnsafePointer<ReadCode>, _ distance: DistanceCode) -> Int {
    let line = read.pointee.address
    return distance.variable < line.count ? line.factors[distance.variable] : 0
  }

  func distances(
    _ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int, _ out: UnsafeMutableRawPointer
  ) -> Bool {
    guard let distance = reduction.pointee.distance, let kernel = reduction.pointee.rowKernels.distances,
      let operands = operands(reduction, distance, first, last)
    else { return false }
    kernel(out, operands.point, operands.pointRow, operands.others, operands.pitch, distance.count, last &- first)
    return true
  }

  /// Sends the derivative `seed` of such a sum on.
  func distancesAdjoint(
    _ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int, _ seed: UnsafeRawPointer
  ) -> Bool {
    guard let distance = reduction.pointee.distance, let kernel = reduction.pointee.rowKernels.distancesAdjoint,
      let operands = operands(reduction, distance, first, last)
    else { return false }
    let size = reduction.pointee.type.size
    let (point, others) = (reads + Int(distance.point), reads + Int(distance.others))
    variables[distance.variable] = distance.start
    let dpoint = places[Int(distance.point)].adjoints.map { $0 + point.pointee.address.value(variables) &* size }
    let dothers = places[Int(distance.others)].adjoints
    let shares = rows[reduction.pointee.depth]
    let pitch = Frame.pitch(last &- first)
    kernel(
      dpoint, dothers == nil ? nil : shares, pitch, seed, operands.point, operands.pointRow, operands.others,
      operands.pitch, distance.count, last &- first)
    if let dothers {
      let stride = others.pointee.address.stride
      let start = others.pointee.address.value(variables) &+ first &* stride
      let step = rowStep(others, distance)
      for row in 0..<distance.count {
        Lanes.add(
          shares + row &* pitch &* size, to: dothers + (start &+ row &* step) &* size, stride: stride, size: size,
          count: last &- first)
      }
    }
    return true
  }
}
