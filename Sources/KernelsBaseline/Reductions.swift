// Reductions in one fixed order, a function of sizes alone.
//
// A block of at most 512 elements: element i goes to accumulator (i / 16) mod 4, lane i mod 16 (doubles and integers:
// (i / 8) mod 4, lane i mod 8); the last partial vector is filled up with the neutral element; the accumulators are
// added as (0 + 1) + (2 + 3) and the lanes by halving. Blocks are combined one after the other in a slot of doubles,
// which keeps long float sums accurate. Columns are combined row after row.
//
// The slots, by element type: f32 and f64: one double. i64 sum: the sums of high and low 32-bit halves, so that only a
// total that does not fit fails. i64 prod: the product and whether it overflowed. i64 max, min: the value. bool: 0 or 1.
import KernelTypes

@_transparent private var countUp16: SIMD16<Int32> {
  SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
}
@_transparent private var countUp8: L { L(0, 1, 2, 3, 4, 5, 6, 7) }

@_transparent func reduceF(_ a: P, _ n: Int, _ neutral: Float, _ f: (F, F) -> F) -> Float {
  var s0 = F(repeating: neutral)
  var s1 = s0
  var s2 = s0
  var s3 = s0
  var i = 0
  while i &+ 64 <= n {
    s0 = f(s0, loadF(a, i))
    s1 = f(s1, loadF(a, i &+ 16))
    s2 = f(s2, loadF(a, i &+ 32))
    s3 = f(s3, loadF(a, i &+ 48))
    i &+= 64
  }
  var place = 0
  while i < n {
    let left = Int32(truncatingIfNeeded: n &- i)
    let x = choose(countUp16 .< SIMD16<Int32>(repeating: left), loadF(a, i), F(repeating: neutral))
    if place == 0 { s0 = f(s0, x) } else if place == 1 { s1 = f(s1, x) } else if place == 2 { s2 = f(s2, x) } else {
      s3 = f(s3, x)
    }
    place &+= 1
    i &+= 16
  }
  return foldF(f(f(s0, s1), f(s2, s3)), f)
}

/// The lanes of a vector, by halving.
@_transparent func foldF(_ x: F, _ f: (F, F) -> F) -> Float {
  // Halves moved down by shuffles within one width, so that `f` needs one vector type.
  let a = f(x, F(lowHalf: x.highHalf, highHalf: x.highHalf))
  let b = f(a, F(lowHalf: SIMD8(lowHalf: a.lowHalf.highHalf, highHalf: a.lowHalf.highHalf), highHalf: a.highHalf))
  let c = f(b, floats(bits(b).shuffledPairs))
  let d = f(c, floats(bits(c).shuffledOnes))
  return d[0]
}

extension SIMD16<Int32> {
  /// Lanes 2 and 3 moved to 0 and 1.
  @_transparent fileprivate var shuffledPairs: SIMD16<Int32> {
    var y = self
    y[0] = self[2]
    y[1] = self[3]
    return y
  }
  /// Lane 1 moved to 0.
  @_transparent fileprivate var shuffledOnes: SIMD16<Int32> {
    var y = self
    y[0] = self[1]
    return y
  }
}

@_transparent func reduceD(_ a: P, _ n: Int, _ neutral: Double, _ f: (D, D) -> D) -> Double {
  var s0 = D(repeating: neutral)
  var s1 = s0
  var s2 = s0
  var s3 = s0
  var i = 0
  while i &+ 32 <= n {
    s0 = f(s0, loadD(a, i))
    s1 = f(s1, loadD(a, i &+ 8))
    s2 = f(s2, loadD(a, i &+ 16))
    s3 = f(s3, loadD(a, i &+ 24))
    i &+= 32
  }
  var place = 0
  while i < n {
    let left = Int64(truncatingIfNeeded: n &- i)
    let x = choose(countUp8 .< L(repeating: left), loadD(a, i), D(repeating: neutral))
    if place == 0 { s0 = f(s0, x) } else if place == 1 { s1 = f(s1, x) } else if place == 2 { s2 = f(s2, x) } else {
      s3 = f(s3, x)
    }
    place &+= 1
    i &+= 8
  }
  return foldD(f(f(s0, s1), f(s2, s3)), f)
}

@_transparent func foldD(_ x: D, _ f: (D, D) -> D) -> Double {
  let a = f(x, D(lowHalf: x.highHalf, highHalf: x.highHalf))
  var moved = a
  moved[0] = a[2]
  moved[1] = a[3]
  let b = f(a, moved)
  var last = b
  last[0] = b[1]
  return f(b, last)[0]
}

@_transparent func reduceL(_ a: P, _ n: Int, _ neutral: Int64, _ f: (L, L) -> L) -> Int64 {
  var s = L(repeating: neutral)
  var i = 0
  while i < n {
    let left = Int64(truncatingIfNeeded: n &- i)
    s = f(s, loadL(a, i).replacing(with: L(repeating: neutral), where: countUp8 .>= L(repeating: left)))
    i &+= 8
  }
  var moved = L(lowHalf: s.highHalf, highHalf: s.highHalf)
  s = f(s, moved)
  moved = s
  moved[0] = s[2]
  moved[1] = s[3]
  s = f(s, moved)
  moved = s
  moved[0] = s[1]
  return f(s, moved)[0]
}

/// Bytes 0 and 1: whether any is `wanted`.
@_transparent func containsByte(_ a: P, _ n: Int, _ wanted: UInt8) -> Bool {
  var i = 0
  while i &+ 16 <= n {
    if (loadB16(a, i) .== B16(repeating: wanted)) != SIMDMask(repeating: false) { return true }
    i &+= 16
  }
  while i < n {
    if a.load(fromByteOffset: i, as: UInt8.self) == wanted { return true }
    i &+= 1
  }
  return false
}
