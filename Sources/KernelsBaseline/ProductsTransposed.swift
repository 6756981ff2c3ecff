// Small products with b transposed: b's rows are turned into columns of a small stack panel, eight or sixteen columns at a
// time, and the panel is used like an untransposed b, so that the order over k is the same.
import KernelTypes

func smallTransposedF(
  _ flags: Int, _ m: Int, _ n: Int, _ k: Int, _ a: P, _ lda: Int, _ b: P, _ ldb: Int, _ c: M, _ ldc: Int
) {
  withUnsafeTemporaryAllocation(byteCount: (k &+ 1) &* 64, alignment: 64) { panel in
    guard let base = panel.baseAddress else { return }
    var column = 0
    while column < n {
      let count = n &- column < 16 ? n &- column : 16
      var j = 0
      while j < count {
        var step = 0
        let from = (column &+ j) &* ldb
        while step < k {
          base.storeBytes(
            of: b.load(fromByteOffset: (from &+ step) &* 4, as: Float.self), toByteOffset: step &* 64 &+ j &* 4,
            as: Float.self)
          step &+= 1
        }
        j &+= 1
      }
      smallProductF(flags & 1, m, count, k, a, lda, P(base), 16, c + column &* 4, ldc)
      column &+= 16
    }
  }
}

func smallTransposedD(
  _ flags: Int, _ m: Int, _ n: Int, _ k: Int, _ a: P, _ lda: Int, _ b: P, _ ldb: Int, _ c: M, _ ldc: Int
) {
  withUnsafeTemporaryAllocation(byteCount: (k &+ 1) &* 64, alignment: 64) { panel in
    guard let base = panel.baseAddress else { return }
    var column = 0
    while column < n {
      let count = n &- column < 8 ? n &- column : 8
      var j = 0
      while j < count {
        var step = 0
        let from = (column &+ j) &* ldb
        while step < k {
          base.storeBytes(
            of: b.load(fromByteOffset: (from &+ step) &* 8, as: Double.self), toByteOffset: step &* 64 &+ j &* 8,
            as: Double.self)
          step &+= 1
        }
        j &+= 1
      }
      smallProductD(flags & 1, m, count, k, a, lda, P(base), 8, c + column &* 8, ldc)
      column &+= 8
    }
  }
}
