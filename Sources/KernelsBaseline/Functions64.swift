// Exponentials, logarithms and their kin on doubles.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func addFunctions64(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f64)] = kernel }
  set(.exp) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, exp(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.expm1) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, expm1(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.log) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, log(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.log1p) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, log1p(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.tanh) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, tanh(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.sigmoid) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sigmoid(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.softplus) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, softplus(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.sin) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, sin(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.cos) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, cos(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.tan) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, tan(loadD(a, i)))
      i &+= 8
    }
    return -1
  }
  set(.erf) { d, a, _, _, n in
    var i = 0
    while i < n {
      d.storeBytes(of: erf(a.load(fromByteOffset: i &* 8, as: Double.self)), toByteOffset: i &* 8, as: Double.self)
      i &+= 1
    }
    return -1
  }
  set(.gelu) { d, a, _, _, n in
    var i = 0
    while i < n {
      d.storeBytes(of: gelu(a.load(fromByteOffset: i &* 8, as: Double.self)), toByteOffset: i &* 8, as: Double.self)
      i &+= 1
    }
    return -1
  }
}
