// Element operations on one array of doubles: signs, roundings, roots, tests, choice.
import KernelTypes

func addUnary64(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f64)] = kernel }
  set(.copy) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadD(a, i))
      i &+= 8
    }
    return -1
  }
  set(.neg) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, negate(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.abs) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, magnitude(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.sign) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sign(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.sqrt) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, squareRoot(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.rsqrt) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, 1 / squareRoot(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.reciprocal) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, 1 / loadD(a, i))
      i &+= 8
    }
    return -1
  }
  set(.floor) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundDown(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.ceil) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundUp(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.round) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, roundEven(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.square) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadD(a, i)
      store(d, i, x * x)
      i &+= 8
    }
    return -1
  }
  set(.relu) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadD(a, i)
      store(d, i, choose(x .<= 0, D.zero, x))
      i &+= 8
    }
    return -1
  }
  set(.isnan) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadD(a, i)
      store(d, i, bytes(x .!= x))
      i &+= 8
    }
    return -1
  }
  set(.isfinite) { d, a, _, _, n in
    var i = 0
    while i < n {
      let x = loadD(a, i)
      store(d, i, bytes(magnitude(x) .< D(repeating: .infinity)))
      i &+= 8
    }
    return -1
  }
  set(.select) { d, chosen, a, b, n in
    var i = 0
    while i < n {
      store(d, i, choose(mask(loadB8(chosen, i)), loadD(a, i), loadD(b, i)))
      i &+= 8
    }
    return -1
  }
}
