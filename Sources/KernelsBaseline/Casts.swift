// Conversions between element types. Eight elements to a step where one side has 64 bits, so that a store never passes
// the 64 bytes that a vector may.
import CPlatform
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
  set(.castF32, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadF(a, i))
      i &+= 16
    }
    return -1
  }
  set(.castF64, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadD(a, i))
      i &+= 8
    }
    return -1
  }
  set(.castF64, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, widen(loadHalf(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castF32, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, narrow(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castF64, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, trellis_f64_from_i64(loadL(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castF32, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, trellis_f32_from_i64(loadL(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castF32, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, choose(mask(loadB16(a, i)), F(repeating: 1), F.zero))
      i &+= 16
    }
    return -1
  }
  set(.castF64, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, choose(mask(loadB8(a, i)), D(repeating: 1), D.zero))
      i &+= 8
    }
    return -1
  }
}

private func addCastsToIntegers(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ type: DType, _ kernel: @escaping ElementKernel) {
    table.elements[KernelTable.index(op, type)] = kernel
  }
  set(.castI64, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadL(a, i))
      i &+= 8
    }
    return -1
  }
  set(.castI64, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, trellis_i64_from_u8(loadB8(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.castI64, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 4, as: Float.self)
      if !(x >= -0x1p63 && x < 0x1p63) { return ElementFailure.encode(lane: i, .notAnInteger) }
      d.storeBytes(of: Int64(x), toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
  set(.castI64, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Double.self)
      if !(x >= -0x1p63 && x < 0x1p63) { return ElementFailure.encode(lane: i, .notAnInteger) }
      d.storeBytes(of: Int64(x), toByteOffset: i &* 8, as: Int64.self)
      i &+= 1
    }
    return -1
  }
}

private func addCastsToBool(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ type: DType, _ kernel: @escaping ElementKernel) {
    table.elements[KernelTable.index(op, type)] = kernel
  }
  set(.castBool, .bool) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i))
      i &+= 16
    }
    return -1
  }
  set(.castBool, .f32) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadF(a, i) .!= 0))
      i &+= 16
    }
    return -1
  }
  set(.castBool, .f64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadD(a, i) .!= 0))
      i &+= 8
    }
    return -1
  }
  set(.castBool, .i64) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .!= L.zero))
      i &+= 8
    }
    return -1
  }
}
