// Loops that carry a function of vectors over a block. They write whole vectors: the caller pads its memory. Nothing is
// done element by element, so that the bits of an element do not depend on where in a block it stands.

typealias M = UnsafeMutableRawPointer
typealias P = UnsafeRawPointer

@_transparent func mapF(_ d: M, _ a: P, _ n: Int, _ f: (F) -> F) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadF(a, i)))
    i &+= 16
  }
  return -1
}
@_transparent func mapF(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (F, F) -> F) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadF(a, i), loadF(b, i)))
    i &+= 16
  }
  return -1
}
@_transparent func mapD(_ d: M, _ a: P, _ n: Int, _ f: (D) -> D) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadD(a, i)))
    i &+= 8
  }
  return -1
}
@_transparent func mapD(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (D, D) -> D) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadD(a, i), loadD(b, i)))
    i &+= 8
  }
  return -1
}
@_transparent func testF(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (F, F) -> FMask) -> Int {
  var i = 0
  while i < n {
    store(d, i, bytes(f(loadF(a, i), loadF(b, i))))
    i &+= 16
  }
  return -1
}
@_transparent func testD(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (D, D) -> DMask) -> Int {
  var i = 0
  while i < n {
    store(d, i, bytes(f(loadD(a, i), loadD(b, i))))
    i &+= 8
  }
  return -1
}
@_transparent func testL(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (L, L) -> DMask) -> Int {
  var i = 0
  while i < n {
    store(d, i, bytes(f(loadL(a, i), loadL(b, i))))
    i &+= 8
  }
  return -1
}
@_transparent func mapL(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (L, L) -> L) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadL(a, i), loadL(b, i)))
    i &+= 8
  }
  return -1
}
@_transparent func mapB(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (B16, B16) -> B16) -> Int {
  var i = 0
  while i < n {
    store(d, i, f(loadB16(a, i), loadB16(b, i)))
    i &+= 16
  }
  return -1
}

/// Integers whose result may not fit: `f` gives the result and a word whose sign bit is set where it does not fit.
/// Lanes past `n` hold anything and must not count, so a block that has a failure is searched lane by lane.
@_transparent func mapChecked(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (L, L) -> (L, L)) -> Int {
  var i = 0
  while i < n {
    let (result, failed) = f(loadL(a, i), loadL(b, i))
    store(d, i, result)
    if failed.min() < 0 {
      var lane = 0
      while lane < 8 && i &+ lane < n {
        if failed[lane] < 0 { return (i &+ lane) &* 4 }  // ElementFailure.encode(.overflow)
        lane &+= 1
      }
    }
    i &+= 8
  }
  return -1
}

/// Integers one at a time, for what no vector instruction does; `f` gives the result or the reason that there is none.
@_transparent func mapScalar(_ d: M, _ a: P, _ b: P, _ n: Int, _ f: (Int64, Int64) -> (Int64, Int)) -> Int {
  var i = 0
  while i < n {
    let (result, reason) = f(a.load(fromByteOffset: i &* 8, as: Int64.self), b.load(fromByteOffset: i &* 8, as: Int64.self))
    if reason >= 0 { return i &* 4 &+ reason }
    d.storeBytes(of: result, toByteOffset: i &* 8, as: Int64.self)
    i &+= 1
  }
  return -1
}
