// Element operations on one array of floats: signs, roundings, roots, tests, choice.
import KernelTypes

func addUnary32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.copy) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadF(a, i))
      i &+= 16
    }
    return -1
  }
  set(.neg) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, negate(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.abs) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, magnitude(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.sign) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sign(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.sqrt) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, squareRoot(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.rsqrt) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, 1 / squareRoot(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.reciprocal) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, 1 / loadF(a, i))
      i &+= 16
    }
    return -1
  }
  set(.floor) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundDown(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.ceil) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundUp(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.round) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundEven(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.square) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadF(a, i)
      store(d, i, x * x)
      i &+= 16
    }
    return -1
  }
  set(.relu) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadF(a, i)
      store(d, i, choose(x .<= 0, F.zero, x))
      i &+= 16
    }
    return -1
  }
  set(.isnan) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadF(a, i)
      store(d, i, bytes(x .!= x))
      i &+= 16
    }
    return -1
  }
  set(.isfinite) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadF(a, i)
      store(d, i, bytes(magnitude(x) .< F(repeating: .infinity)))
      i &+= 16
    }
    return -1
  }
  set(.select) { d, chosen, a, b, n in
    var i = 0
    while i < n {
      store(d, i, choose(mask(loadB16(chosen, i)), loadF(a, i), loadF(b, i)))
      i &+= 16
    }
    return -1
  }
}
