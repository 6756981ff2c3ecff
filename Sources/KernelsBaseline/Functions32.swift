// Exponentials, logarithms and their kin on floats.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func addFunctions32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.exp) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, exp(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.expm1) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, expm1(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.log) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, log(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.log1p) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, log1p(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.tanh) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, tanh(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.sigmoid) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sigmoid(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.softplus) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, softplus(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.sin) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sin(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.cos) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, cos(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.tan) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, tan(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.erf) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, erf(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
  set(.gelu) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, gelu(loadF(a, i)))
      i &+= 16
    }
    return -1
  }
}
