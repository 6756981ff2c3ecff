// Tiles whose rows become columns (see KernelTypes/Transposes.swift), for floats and doubles, line for line.
import CPlatform
import KernelTypes

private func transposeF(
  _ to: M, _ toStep: Int, _ toNext: Int, _ from: P, _ fromStep: Int, _ fromNext: Int, _ tiles: Int, _ ahead: Int,
  _ adds: Bool
) {
  var (to, from) = (to.assumingMemoryBound(to: Float.self), from.assumingMemoryBound(to: Float.self))
  for _ in 0..<tiles {
    if adds {
      trellis_transpose_f32x16(to, toStep, from, fromStep, ahead, true)
    } else {
      trellis_transpose_f32x16(to, toStep, from, fromStep, ahead, false)
    }
    to += toNext
    from += fromNext
  }
}

private func transposeD(
  _ to: M, _ toStep: Int, _ toNext: Int, _ from: P, _ fromStep: Int, _ fromNext: Int, _ tiles: Int, _ ahead: Int,
  _ adds: Bool
) {
  var (to, from) = (to.assumingMemoryBound(to: Double.self), from.assumingMemoryBound(to: Double.self))
  for _ in 0..<tiles {
    if adds {
      trellis_transpose_f64x8(to, toStep, from, fromStep, ahead, true)
    } else {
      trellis_transpose_f64x8(to, toStep, from, fromStep, ahead, false)
    }
    to += toNext
    from += fromNext
  }
}

func addTransposes(_ table: inout KernelTable) {
  table.transpose[Int(DType.f32.rawValue)] = { transposeF($0, $1, $2, $3, $4, $5, $6, $7, $8) }
  table.transpose[Int(DType.f64.rawValue)] = { transposeD($0, $1, $2, $3, $4, $5, $6, $7, $8) }
}
