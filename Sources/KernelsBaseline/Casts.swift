// Conversions between element types. Eight elements to a step where one side has 64 bits, so that a store never passes
// the 64 bytes that a vector may.
import KernelTypes

func addCasts(_ table: inout KernelTable) {
  addCastsToFloats(&table)
  addCastsToIntegers(&table)
  addCastsToBool(&table)
}

private func addCastsToFloats(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ type: DType, _ kernel: @escaping ElementKernel) {
    table.elements[KernelTable.index(op, type)] = kernel
  }
  set(.castF32, .f32) { d, a, _, _, n in mapF(d, a, n) { $0 } }
  set(.castF64, .f64) { d, a, _, _, n in mapD(d, a, n) { $0 } }
  set(.castF64, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, widen((a + i &* 4).loadUnaligned(as: SIMD8<Float>.self)))
      i &+= 8
    }
    return -1
  }
  set(.castF32, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      (d + i &* 4).storeBytes(of: narrow(loadD(a, i)), as: SIMD8<Float>.self)
      i &+= 8
    }
    return -1
  }
  set(.castF64, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      store(
        d, i,
        D(Double(x[0]), Double(x[1]), Double(x[2]), Double(x[3]), Double(x[4]), Double(x[5]), Double(x[6]), Double(x[7])))
      i &+= 8
    }
    return -1
  }
  set(.castF32, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = SIMD8<Float>(
        Float(x[0]), Float(x[1]), Float(x[2]), Float(x[3]), Float(x[4]), Float(x[5]), Float(x[6]), Float(x[7]))
      (d + i &* 4).storeBytes(of: y, as: SIMD8<Float>.self)
      i &+= 8
    }
    return -1
  }
  set(.castF32, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      let lanes = SIMD16<Int32>(truncatingIfNeeded: loadB16(a, i))
      store(d, i, choose(lanes .!= 0, F(repeating: 1), F.zero))
      i &+= 16
    }
    return -1
  }
  set(.castF64, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, choose(L(truncatingIfNeeded: loadB8(a, i)) .!= 0, D(repeating: 1), D.zero))
      i &+= 8
    }
    return -1
  }
}

private func addCastsToIntegers(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ type: DType, _ kernel: @escaping ElementKernel) {
    table.elements[KernelTable.index(op, type)] = kernel
  }
  set(.castI64, .i64) { d, a, _, _, n in mapL(d, a, a, n) { x, _ in x } }
  set(.castI64, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, L(truncatingIfNeeded: loadB8(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castI64, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 4, as: Float.self)
      if !(x >= -0x1p63 && x < 0x1p63) { return i &* 4 &+ Int(IntegerFailure.notAnInteger.rawValue) }
      d.storeBytes(of: Int64(x), toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.castI64, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Double.self)
      if !(x >= -0x1p63 && x < 0x1p63) { return i &* 4 &+ Int(IntegerFailure.notAnInteger.rawValue) }
      d.storeBytes(of: Int64(x), toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
}

private func addCastsToBool(_ table: inout KernelTable) {
  func set(_ type: DType, _ kernel: @escaping ElementKernel) {
    table.elements[KernelTable.index(.castBool, type)] = kernel
  }
  set(.bool) { d, a, _, _, n in mapB(d, a, a, n) { x, _ in x } }
  set(.f32) { d, a, _, _, n in testF(d, a, a, n) { x, _ in x .!= 0 } }
  set(.f64) { d, a, _, _, n in testD(d, a, a, n) { x, _ in x .!= 0 } }
  set(.i64) { d, a, _, _, n in testL(d, a, a, n) { x, _ in x .!= 0 } }
}
