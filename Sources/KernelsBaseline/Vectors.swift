// The vectors that all kernels work on: their loads, stores, masks and conversions.
//
// This folder is compiled three times, as KernelsBaseline, KernelsV3 and KernelsV4 (the other two are symbolic links to
// it), so everything here is concrete and `@_transparent`: a generic helper that is not inlined would become one weak
// symbol shared by the three targets, and the linker would pick any of the three processor levels.
// `scripts/check-symbols` looks for such symbols. Kernels spell their loops out: a function passed to a loop as a closure
// is a call for each vector unless the optimiser happens to inline it.
//
// Read on in Mathematics32.swift and Mathematics64.swift (the functions), Unary*.swift, Binary*.swift (the tables of
// element kernels), Reductions.swift, RowKernels.swift, Columns32.swift, Products.swift.

import CPlatform

typealias M = UnsafeMutableRawPointer
typealias P = UnsafeRawPointer
typealias F = SIMD16<Float>
typealias D = SIMD8<Double>
typealias I = SIMD16<Int32>
typealias L = SIMD8<Int64>
typealias B16 = SIMD16<UInt8>
typealias B8 = SIMD8<UInt8>
typealias FMask = SIMDMask<I>
typealias DMask = SIMDMask<SIMD8<Int64>>

// MARK: Loads and stores at any alignment
// Through C, as Swift's own are generic functions that a large caller may not inline.

@_transparent func loadF(_ p: UnsafeRawPointer, _ i: Int) -> F { trellis_load_f32x16(p + i &* 4) }
@_transparent func loadD(_ p: UnsafeRawPointer, _ i: Int) -> D { trellis_load_f64x8(p + i &* 8) }
@_transparent func loadL(_ p: UnsafeRawPointer, _ i: Int) -> L { trellis_load_i64x8(p + i &* 8) }
@_transparent func loadB16(_ p: UnsafeRawPointer, _ i: Int) -> B16 { trellis_load_u8x16(p + i) }
@_transparent func loadB8(_ p: UnsafeRawPointer, _ i: Int) -> B8 { trellis_load_u8x8(p + i) }

@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: F) { trellis_store_f32x16(p + i &* 4, v) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: D) { trellis_store_f64x8(p + i &* 8, v) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: L) { trellis_store_i64x8(p + i &* 8, v) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: B16) { trellis_store_u8x16(p + i, v) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: B8) { trellis_store_u8x8(p + i, v) }

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

// MARK: Bits

@_transparent func bits(_ x: F) -> I { unsafeBitCast(x, to: I.self) }
@_transparent func bits(_ x: D) -> L { unsafeBitCast(x, to: L.self) }
@_transparent func floats(_ x: I) -> F { unsafeBitCast(x, to: F.self) }
@_transparent func doubles(_ x: L) -> D { unsafeBitCast(x, to: D.self) }

@_transparent func magnitude(_ x: F) -> F { floats(bits(x) & 0x7FFF_FFFF) }
@_transparent func magnitude(_ x: D) -> D { doubles(bits(x) & 0x7FFF_FFFF_FFFF_FFFF) }
@_transparent func negate(_ x: F) -> F { floats(bits(x) ^ Int32.min) }
@_transparent func negate(_ x: D) -> D { doubles(bits(x) ^ Int64.min) }
@_transparent func copysign(_ x: F, _ sign: F) -> F {
  floats((bits(x) & 0x7FFF_FFFF) | (bits(sign) & Int32.min))
}
@_transparent func copysign(_ x: D, _ sign: D) -> D {
  doubles((bits(x) & 0x7FFF_FFFF_FFFF_FFFF) | (bits(sign) & Int64.min))
}

// MARK: Conversions

@_transparent func loadHalf(_ p: UnsafeRawPointer, _ i: Int) -> SIMD8<Float> { trellis_load_f32x8(p + i &* 4) }
@_transparent func store(_ p: UnsafeMutableRawPointer, _ i: Int, _ v: SIMD8<Float>) {
  trellis_store_f32x8(p + i &* 4, v)
}
@_transparent func low(_ x: F) -> SIMD8<Float> { trellis_low_f32(x) }
@_transparent func high(_ x: F) -> SIMD8<Float> { trellis_high_f32(x) }
@_transparent func widen(_ x: SIMD8<Float>) -> D { trellis_f64_from_f32(x) }
@_transparent func narrow(_ x: D) -> SIMD8<Float> { trellis_f32_from_f64(x) }
@_transparent func join(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> F { trellis_join_f32(a, b) }

/// A mask as bytes 0 and 1.
@_transparent func bytes(_ mask: FMask) -> B16 { trellis_u8_from_i32(I(repeating: 0).replacing(with: 1, where: mask)) }
@_transparent func bytes(_ mask: DMask) -> B8 { trellis_u8_from_i64(L(repeating: 0).replacing(with: 1, where: mask)) }
/// Bytes 0 and 1 as a mask.
@_transparent func mask(_ bytes: B16) -> FMask { trellis_i32_from_u8(bytes) .!= I.zero }
@_transparent func mask(_ bytes: B8) -> DMask { trellis_i64_from_u8(bytes) .!= L.zero }
/// Whether a mask is true in any lane.
@_transparent func holdsAnywhere(_ mask: FMask) -> Bool {
  trellis_any_i32(I(repeating: 0).replacing(with: 1, where: mask)) != 0
}
@_transparent func holdsAnywhere(_ mask: DMask) -> Bool {
  trellis_any_i64(L(repeating: 0).replacing(with: 1, where: mask)) != 0
}
