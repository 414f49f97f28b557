//! Objects of JavaScript that mirror values of the core.

use std::collections::BTreeMap;

use hackface_core::evaluation::identification::{Convention, PrecisionRule};
use hackface_core::evaluation::{Orientation, Resolution, TarRule};
use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};

/// A conversion of a value of the core to the form that JavaScript sees.
pub(crate) trait Js<T> {
    fn js(self) -> T;
}

impl<T: Js<U>, U> Js<Vec<U>> for Vec<T> {
    fn js(self) -> Vec<U> {
        self.into_iter().map(T::js).collect()
    }
}

impl<'a, T, U> Js<Vec<U>> for &'a [T]
where
    &'a T: Js<U>,
{
    fn js(self) -> Vec<U> {
        self.iter().map(Js::js).collect()
    }
}

impl<T: Js<U>, U> Js<Option<U>> for Option<T> {
    fn js(self) -> Option<U> {
        self.map(T::js)
    }
}

/// Conversions of single values and of columns.
macro_rules! convert {
    ($($from:ty => $to:ty, |$of:ident| $js:expr;)+) => {$(
        impl Js<$to> for $from {
            fn js(self) -> $to {
                let $of = self;
                $js
            }
        }
    )+};
}

convert! {
    bool => bool, |of| of;
    u32 => u32, |of| of;
    f64 => f64, |of| of;
    String => String, |of| of;
    &str => String, |of| of.to_owned();
    &&str => String, |of| (*of).to_owned();
    usize => f64, |of| of as f64;
    usize => u32, |of| of as u32;
    u64 => f64, |of| of as f64;
    BTreeMap<String, String> => BTreeMap<String, String>, |of| of;
    Vec<f64> => Float64Array, |of| of.into();
    Vec<u32> => Uint32Array, |of| of.into();
    Vec<u8> => Uint8Array, |of| of.into();
    Orientation => String, |of| of.as_str().to_owned();
    TarRule => String, |of| of.as_str().to_owned();
    Resolution => String, |of| of.as_str().to_owned();
    Convention => String, |of| of.as_str().to_owned();
    PrecisionRule => String, |of| of.as_str().to_owned();
}

/// Conversions of values of the core to objects of JavaScript, each of which may also be the reply of a
/// call. A field is the converted field of the same name, or the converted value behind its `=`.
///
/// The objects themselves are declared outside: napi loses the doc comments of a type that a macro
/// makes, and mistakes an `Option` in it for a value that is always there.
macro_rules! mirror {
    (@js $of:ident.$field:ident) => {
        $crate::mirror::Js::js($of.$field)
    };
    (@js $of:ident.$field:ident $value:expr) => {
        $crate::mirror::Js::js($value)
    };
    ($($of:ident: $core:ty => $object:ident { $($field:ident $(= $value:expr)?),+ $(,)? })+) => {$(
        impl $crate::mirror::Js<$object> for $core {
            fn js(self) -> $object {
                let $of = self;
                $object { $($field: $crate::mirror::mirror!(@js $of.$field $($value)?)),+ }
            }
        }

        impl $crate::background::Reply for $core {
            type Js = $object;
            fn into_js(self) -> napi::Result<$object> {
                Ok($crate::mirror::Js::js(self))
            }
        }
    )+};
}
pub(crate) use mirror;
