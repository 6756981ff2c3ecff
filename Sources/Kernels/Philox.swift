// The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011): a bijection of a 128-bit counter under a 64-bit key. Here the key is the generator's, half of the counter is
// the number of the call, and the rest is the element's index and the round of a rejection; so each element's draw is a
// function of its index, and neither chunks, threads nor recomputation change it.

/// Names the draws of one call on a generator.
package struct RandomStream: Sendable {
  package var key: UInt64
  /// Number of the call.
  package var counter: UInt64

  package init(key: UInt64, counter: UInt64) {
    self.key = key
    self.counter = counter
  }

  /// The four words of block `index` in round `round` (below 65,536) of this call. Index: below 2^48.
  @inline(__always) func block(_ index: Int, round: Int = 0) -> SIMD4<UInt32> {
    let high = UInt32(truncatingIfNeeded: index >> 32) & 0xFFFF | UInt32(truncatingIfNeeded: round) << 16
    return Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: index), high, UInt32(truncatingIfNeeded: counter),
        UInt32(truncatingIfNeeded: counter >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
  }

  /// A number in [0, 1) of 53 bits for each index and draw.
  package func uniform(_ index: Int, draw: Int) -> Double {
    let words = block(index, round: draw)
    return Philox.unit(words[0], words[1])
  }
}

package enum Philox {
  /// Ten rounds on a counter.
  @inline(__always)
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c0 = counter[0]
    var c1 = counter[1]
    var c2 = counter[2]
    var c3 = counter[3]
    var k0 = key[0]
    var k1 = key[1]
    var round = 0
    while round < 10 {
      let p0 = 0xD251_1F53 &* UInt64(c0)
      let p1 = 0xCD9E_8D57 &* UInt64(c2)
      let next0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0
      let next2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1
      c1 = UInt32(truncatingIfNeeded: p1)
      c3 = UInt32(truncatingIfNeeded: p0)
      c0 = next0
      c2 = next2
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
      round &+= 1
    }
    return SIMD4(c0, c1, c2, c3)
  }

  /// A double in [0, 1) of 53 bits.
  @inline(__always) static func unit(_ high: UInt32, _ low: UInt32) -> Double {
    Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }
  /// A double in (0, 1) of 32 bits, never 0: for logarithms.
  @inline(__always) static func open(_ word: UInt32) -> Double { (Double(word) + 0.5) * 0x1p-32 }
  /// A float in [0, 1) of 24 bits.
  @inline(__always) static func unit(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }
}
