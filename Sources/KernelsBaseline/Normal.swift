// Normal numbers from uniform words by Box and Muller: two words make a radius and an angle, and these two numbers.
import CPlatform
import KernelTypes

func addNormal(_ table: inout KernelTable) {
  table.normal = { out, words, n in
    var i = 0
    while i < n {
      // Even words for the radius, odd ones for the angle; as doubles in (0, 1).
      let pairs = trellis_load_i64x8(words + i &* 4)
      let first = (trellis_f64_from_i64(pairs & L(repeating: 0xFFFF_FFFF)) + 0.5) * 0x1p-32
      let second = trellis_f64_from_i64((pairs &>> L(repeating: 32)) & L(repeating: 0xFFFF_FFFF)) * 0x1p-32
      let radius = squareRoot(log(first) * -2)
      let angle = second * 6.283185307179586
      let cosines = narrow(radius * circular(angle, shift: 1))
      let sines = narrow(radius * circular(angle, shift: 0))
      store(out, i, trellis_interleave_f32(cosines, sines))
      i &+= 16
    }
  }
}
