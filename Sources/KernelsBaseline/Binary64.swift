// Element operations on two arrays of doubles.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func addBinary64(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f64)] = kernel }
  set(.add) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadD(a, atA) + loadD(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.sub) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadD(a, atA) - loadD(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.mul) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadD(a, atA) * loadD(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.div) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, loadD(a, atA) / loadD(b, atB))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.max) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, maximum(loadD(a, atA), loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.min) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, minimum(loadD(a, atA), loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.eq) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .== loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.ne) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .!= loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.lt) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .< loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.le) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .<= loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.gt) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .> loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.ge) { d, a, b, _, n in
    let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
    let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
    let end = RepeatedOperand.lanes(n)
    var atA = 0
    var atB = 0
    var i = 0
    while i < end {
      store(d, i, bytes(loadD(a, atA) .>= loadD(b, atB)))
      atA &+= stepA
      atB &+= stepB
      i &+= 8
    }
    return -1
  }
  set(.pow) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Double.self)
      let y = b.load(fromByteOffset: i &* 8, as: Double.self)
      d.storeBytes(of: pow(x, y), toByteOffset: i &* 8, as: Double.self)
      i &+= 1
    }
    return -1
  }
  set(.floordiv) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Double.self)
      let y = b.load(fromByteOffset: i &* 8, as: Double.self)
      d.storeBytes(of: floorQuotient(x, y), toByteOffset: i &* 8, as: Double.self)
      i &+= 1
    }
    return -1
  }
  set(.mod) { d, a, b, _, n in
    var i = 0
    while i < n {
      let x = a.load(fromByteOffset: i &* 8, as: Double.self)
      let y = b.load(fromByteOffset: i &* 8, as: Double.self)
      d.storeBytes(of: floorRemainder(x, y), toByteOffset: i &* 8, as: Double.self)
      i &+= 1
    }
    return -1
  }
}
