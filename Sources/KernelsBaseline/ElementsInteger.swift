// Element operations on 64-bit integers that can't fail: signs, extremes, comparisons, choice.
import KernelTypes

func addElementsInteger(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .i64)] = kernel }
  set(.copy) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadL(a, i))
      i &+= 8
    }
    return -1
  }
  set(.sign) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      store(d, i, (x &>> 63).replacing(with: 1, where: x .> L.zero))
      i &+= 8
    }
    return -1
  }
  set(.max) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = loadL(b, i)
      store(d, i, x.replacing(with: y, where: x .< y))
      i &+= 8
    }
    return -1
  }
  set(.min) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = loadL(a, i)
      let y = loadL(b, i)
      store(d, i, x.replacing(with: y, where: y .< x))
      i &+= 8
    }
    return -1
  }
  set(.eq) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .== loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.ne) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .!= loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.lt) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .< loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.le) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .<= loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.gt) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .> loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.ge) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, bytes(loadL(a, i) .>= loadL(b, i)))
      i &+= 8
    }
    return -1
  }
  set(.select) { d, chosen, a, b, n in
    var i = 0
    while i < n {
      store(d, i, loadL(b, i).replacing(with: loadL(a, i), where: mask(loadB8(chosen, i))))
      i &+= 8
    }
    return -1
  }
}
