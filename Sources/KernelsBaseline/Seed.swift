public func seedAdd(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ n: Int) {
  var i = 0
  while i + 16 <= n {
    let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD16<Float>.self), y = UnsafeRawPointer(b + i).loadUnaligned(as: SIMD16<Float>.self)
    UnsafeMutableRawPointer(c + i).storeBytes(of: (x * y), as: SIMD16<Float>.self)
    i += 16
  }
}
