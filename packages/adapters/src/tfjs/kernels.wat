(module
  (import "env" "memory" (memory 0))
  ;; The sum of squares of n float32 numbers at p, in float64. n is a multiple of 8.
  (func (export "squares") (param $p i32) (param $n i32) (result f64)
    (local $end i32) (local $x v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $p) (i32.shl (local.get $n) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (local.set $a (f64x2.add (local.get $a) (f64x2.mul
          (local.tee $x (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $p)))) (local.get $x))))
        (local.set $b (f64x2.add (local.get $b) (f64x2.mul
          (local.tee $x (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $p)))) (local.get $x))))
        (local.set $c (f64x2.add (local.get $c) (f64x2.mul
          (local.tee $x (f64x2.promote_low_f32x4 (v128.load64_zero offset=16 (local.get $p)))) (local.get $x))))
        (local.set $d (f64x2.add (local.get $d) (f64x2.mul
          (local.tee $x (f64x2.promote_low_f32x4 (v128.load64_zero offset=24 (local.get $p)))) (local.get $x))))
        (local.set $p (i32.add (local.get $p) (i32.const 32)))
        (br $next)))
    (local.set $a (f64x2.add (f64x2.add (local.get $a) (local.get $b)) (f64x2.add (local.get $c) (local.get $d))))
    (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a))))
  ;; Writes n float32 numbers at p, multiplied by f, to q. n is a multiple of 4.
  (func (export "scale") (param $p i32) (param $q i32) (param $n i32) (param $f f32)
    (local $end i32) (local $factor v128)
    (local.set $end (i32.add (local.get $p) (i32.shl (local.get $n) (i32.const 2))))
    (local.set $factor (f32x4.splat (local.get $f)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
        (v128.store (local.get $q) (f32x4.mul (v128.load (local.get $p)) (local.get $factor)))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $q (i32.add (local.get $q) (i32.const 16)))
        (br $next)))))
