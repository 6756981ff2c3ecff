// The vectors that all kernels work on, and the loops that carry them over a block of memory.
//
// This folder is compiled three times, as KernelsBaseline, KernelsV3 and KernelsV4 (the other two are symbolic links to
// it), so everything here is concrete and `@_transparent`: a generic helper that is not inlined would become one weak
// symbol shared by the three targets, and the linker would pick any of the three processor levels.
// `scripts/check-symbols` looks for such symbols.
//
// Read on in Mathematics32.swift and Mathematics64.swift (the functions), Elements*.swift (the tables of element
// kernels), Reductions.swift, RowKernels.swift, Products.swift.

typealias F = SIMD16<Float>
typealias D = SIMD8<Double>
typealias L = SIMD8<Int64>
typealias B16 = SIMD16<UInt8>
typealias B8 = SIMD8<UInt8>
typealias FMask = SIMDMask<SIMD16<Int32>>
typealias DMask = SIMDMask<SIMD8<Int64>>

// MARK: Loads and stores at any alignment

@_transparent func loadF(_ p: UnsafeRawPointer, _ i: Int) -> F { (p + i &* 4).loadUnaligned(as: F.self) }
@_transparent func loadD(_ p: UnsafeRawPointer, _ i: Int) -> D { (p + i &* 8).loadUnaligned(as: D.self) }
@_transparent func loadL(_ p: UnsafeRawPointer, _ i: Int) -> L { (p + i &* 8).loadUnaligned(as: L.self) }
@_transparent func loadB16(_ p: UnsafeRawPointer, _ i: Int) -> B16 { (p + i).loadUnaligned(as: B16.self) }
@_transparent func loadB8(_ p: UnsafeRawPointer, _ i: Int) -> B8 { (p + i).loadUnaligned(as: B8.self) }

@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: F) { (p + i &* 4).storeBytes(of: v, as: F.self) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: D) { (p + i &* 8).storeBytes(of: v, as: D.self) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: L) { (p + i &* 8).storeBytes(of: v, as: L.self) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: B16) { (p + i).storeBytes(of: v, as: B16.self) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: B8) { (p + i).storeBytes(of: v, as: B8.self) }

// MARK: Choice and multiply-add

/// x where the mask holds, else y.
@_transparent func choose(_ mask: FMask, _ x: F, _ y: F) -> F { y.replacing(with: x, where: mask) }
@_transparent func choose(_ mask: DMask, _ x: D, _ y: D) -> D { y.replacing(with: x, where: mask) }

/// a * b + c: one rounding where the target has the instruction, else two. Only inside one operation's polynomial.
@_transparent func fma(_ a: F, _ b: F, _ c: F) -> F {
  #if ISA_FMA
    return c.addingProduct(a, b)
  #else
    return a * b + c
  #endif
}
@_transparent func fma(_ a: D, _ b: D, _ c: D) -> D {
  #if ISA_FMA
    return c.addingProduct(a, b)
  #else
    return a * b + c
  #endif
}

/// Whether a mask is true in all lanes.
@_transparent func holdsEverywhere(_ mask: DMask) -> Bool {
  L(repeating: 1).replacing(with: 0, where: mask).wrappedSum() == 0
}

// MARK: Bits

@_transparent func bits(_ x: F) -> SIMD16<Int32> { unsafeBitCast(x, to: SIMD16<Int32>.self) }
@_transparent func bits(_ x: D) -> L { unsafeBitCast(x, to: L.self) }
@_transparent func floats(_ x: SIMD16<Int32>) -> F { unsafeBitCast(x, to: F.self) }
@_transparent func doubles(_ x: L) -> D { unsafeBitCast(x, to: D.self) }

@_transparent func magnitude(_ x: F) -> F { floats(bits(x) & 0x7FFF_FFFF) }
@_transparent func magnitude(_ x: D) -> D { doubles(bits(x) & 0x7FFF_FFFF_FFFF_FFFF) }
@_transparent func copysign(_ x: F, _ sign: F) -> F {
  floats((bits(x) & 0x7FFF_FFFF) | (bits(sign) & Int32.min))
}
@_transparent func copysign(_ x: D, _ sign: D) -> D {
  doubles((bits(x) & 0x7FFF_FFFF_FFFF_FFFF) | (bits(sign) & Int64.min))
}

// MARK: Widths

@_transparent func low(_ x: F) -> SIMD8<Float> { x.lowHalf }
@_transparent func high(_ x: F) -> SIMD8<Float> { x.highHalf }

/// Eight floats as doubles. Element by element: the compiler makes one instruction of it, which `SIMD8<Double>(x)`
/// does not promise.
@_transparent func widen(_ x: SIMD8<Float>) -> D {
  D(Double(x[0]), Double(x[1]), Double(x[2]), Double(x[3]), Double(x[4]), Double(x[5]), Double(x[6]), Double(x[7]))
}
@_transparent func narrow(_ x: D) -> SIMD8<Float> {
  SIMD8<Float>(Float(x[0]), Float(x[1]), Float(x[2]), Float(x[3]), Float(x[4]), Float(x[5]), Float(x[6]), Float(x[7]))
}
@_transparent func join(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> F { F(lowHalf: a, highHalf: b) }

/// A mask as bytes 0 and 1.
@_transparent func bytes(_ mask: FMask) -> B16 {
  let words = SIMD16<Int32>(repeating: 0).replacing(with: 1, where: mask)
  return B16(truncatingIfNeeded: words)
}
@_transparent func bytes(_ mask: DMask) -> B8 {
  let words = L(repeating: 0).replacing(with: 1, where: mask)
  return B8(truncatingIfNeeded: words)
}
