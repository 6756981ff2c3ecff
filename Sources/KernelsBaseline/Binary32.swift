// Element operations on two arrays of floats.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func addBinary32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.add) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadF(a, atA) + loadF(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.sub) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadF(a, atA) - loadF(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.mul) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadF(a, atA) * loadF(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.div) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadF(a, atA) / loadF(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.max) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, maximum(loadF(a, atA), loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.min) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, minimum(loadF(a, atA), loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.eq) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .== loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.ne) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .!= loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.lt) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .< loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.le) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .<= loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.gt) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .> loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.ge) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadF(a, atA) .>= loadF(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 16
    }
    return -1
  }
  set(.pow) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, pow(loadF(a, i), loadF(b, i)))
      i &+= 16
    }
    return -1
  }
  set(.floordiv) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, floorQuotient(loadF(a, i), loadF(b, i)))
      i &+= 16
    }
    return -1
  }
  set(.mod) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, floorRemainder(loadF(a, i), loadF(b, i)))
      i &+= 16
    }
    return -1
  }
}
