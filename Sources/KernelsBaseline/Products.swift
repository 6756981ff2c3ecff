// Matrix products of small matrices: a tile of rows of c is kept in registers, one vector of columns wide, and runs
// through k once. Each element is one chain over k in order, so its bits do not depend on the tile.
import KernelTypes

func addSmallProducts(_ table: inout KernelTable) {
  table.smallProduct[Int(DType.f32.rawValue)] = { flags, m, n, k, a, lda, b, ldb, c, ldc in
    smallProductF(flags, m, n, k, a, lda, b, ldb, c, ldc)
  }
  table.smallProduct[Int(DType.f64.rawValue)] = { flags, m, n, k, a, lda, b, ldb, c, ldc in
    smallProductD(flags, m, n, k, a, lda, b, ldb, c, ldc)
  }
}

@_transparent private func oneF(_ p: P, _ i: Int) -> F { F(repeating: p.load(fromByteOffset: i &* 4, as: Float.self)) }
@_transparent private func oneD(_ p: P, _ i: Int) -> D { D(repeating: p.load(fromByteOffset: i &* 8, as: Double.self)) }

@_transparent private func writeF(_ c: M, _ at: Int, _ value: F, _ count: Int) {
  if count >= 16 {
    store(c, at, value)
  } else if count == 8 {
    store(c, at, low(value))
  } else {
    var lane = 0
    while lane < count {
      c.storeBytes(of: value[lane], toByteOffset: (at &+ lane) &* 4, as: Float.self)
      lane &+= 1
    }
  }
}
@_transparent private func writeD(_ c: M, _ at: Int, _ value: D, _ count: Int) {
  if count >= 8 {
    store(c, at, value)
  } else {
    var lane = 0
    while lane < count {
      c.storeBytes(of: value[lane], toByteOffset: (at &+ lane) &* 8, as: Double.self)
      lane &+= 1
    }
  }
}

func smallProductF(
  _ flags: Int, _ m: Int, _ n: Int, _ k: Int, _ a: P, _ lda: Int, _ b: P, _ ldb: Int, _ c: M, _ ldc: Int
) {
  let aRow = flags & 1 == 0 ? lda : 1
  let aStep = flags & 1 == 0 ? 1 : lda
  if flags & 2 != 0 { return smallTransposedF(flags, m, n, k, a, lda, b, ldb, c, ldc) }
  var column = 0
  while column < n {
    let count = n &- column
    var row = 0
    while row &+ 8 <= m {
      var s0 = F.zero
      var s1 = F.zero
      var s2 = F.zero
      var s3 = F.zero
      var s4 = F.zero
      var s5 = F.zero
      var s6 = F.zero
      var s7 = F.zero
      var at = row &* aRow
      var from = column
      var step = 0
      while step < k {
        let x = loadF(b, from)
        s0 = fma(oneF(a, at), x, s0)
        s1 = fma(oneF(a, at &+ aRow), x, s1)
        s2 = fma(oneF(a, at &+ 2 &* aRow), x, s2)
        s3 = fma(oneF(a, at &+ 3 &* aRow), x, s3)
        s4 = fma(oneF(a, at &+ 4 &* aRow), x, s4)
        s5 = fma(oneF(a, at &+ 5 &* aRow), x, s5)
        s6 = fma(oneF(a, at &+ 6 &* aRow), x, s6)
        s7 = fma(oneF(a, at &+ 7 &* aRow), x, s7)
        at &+= aStep
        from &+= ldb
        step &+= 1
      }
      let to = row &* ldc &+ column
      writeF(c, to, s0, count)
      writeF(c, to &+ ldc, s1, count)
      writeF(c, to &+ 2 &* ldc, s2, count)
      writeF(c, to &+ 3 &* ldc, s3, count)
      writeF(c, to &+ 4 &* ldc, s4, count)
      writeF(c, to &+ 5 &* ldc, s5, count)
      writeF(c, to &+ 6 &* ldc, s6, count)
      writeF(c, to &+ 7 &* ldc, s7, count)
      row &+= 8
    }
    while row < m {
      var s = F.zero
      var at = row &* aRow
      var from = column
      var step = 0
      while step < k {
        s = fma(oneF(a, at), loadF(b, from), s)
        at &+= aStep
        from &+= ldb
        step &+= 1
      }
      writeF(c, row &* ldc &+ column, s, count)
      row &+= 1
    }
    column &+= 16
  }
}

func smallProductD(
  _ flags: Int, _ m: Int, _ n: Int, _ k: Int, _ a: P, _ lda: Int, _ b: P, _ ldb: Int, _ c: M, _ ldc: Int
) {
  let aRow = flags & 1 == 0 ? lda : 1
  let aStep = flags & 1 == 0 ? 1 : lda
  if flags & 2 != 0 { return smallTransposedD(flags, m, n, k, a, lda, b, ldb, c, ldc) }
  var column = 0
  while column < n {
    let count = n &- column
    var row = 0
    while row &+ 4 <= m {
      var s0 = D.zero
      var s1 = D.zero
      var s2 = D.zero
      var s3 = D.zero
      var at = row &* aRow
      var from = column
      var step = 0
      while step < k {
        let x = loadD(b, from)
        s0 = fma(oneD(a, at), x, s0)
        s1 = fma(oneD(a, at &+ aRow), x, s1)
        s2 = fma(oneD(a, at &+ 2 &* aRow), x, s2)
        s3 = fma(oneD(a, at &+ 3 &* aRow), x, s3)
        at &+= aStep
        from &+= ldb
        step &+= 1
      }
      let to = row &* ldc &+ column
      writeD(c, to, s0, count)
      writeD(c, to &+ ldc, s1, count)
      writeD(c, to &+ 2 &* ldc, s2, count)
      writeD(c, to &+ 3 &* ldc, s3, count)
      row &+= 4
    }
    while row < m {
      var s = D.zero
      var at = row &* aRow
      var from = column
      var step = 0
      while step < k {
        s = fma(oneD(a, at), loadD(b, from), s)
        at &+= aStep
        from &+= ldb
        step &+= 1
      }
      writeD(c, row &* ldc &+ column, s, count)
      row &+= 1
    }
    column &+= 8
  }
}
