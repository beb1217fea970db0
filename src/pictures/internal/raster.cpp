// SPDX-License-Identifier: Apache-2.0
#include "pictures/raster.h"

#include "support/errors.h"

#include <librsvg/rsvg.h>

#include <cmath>
#include <memory>

namespace soundfold::pictures {
namespace {

constexpr double kLongestEdge = 30'000;

struct Freed {
  void operator()(RsvgHandle* handle) const { g_object_unref(handle); }
  void operator()(GError* error) const { g_error_free(error); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};

template <typename Type>
using Owned = std::unique_ptr<Type, Freed>;

[[noreturn]] void fail(GError* error) {
  const Owned<GError> owned(error);
  throw DataError(std::string("the picture cannot be drawn as PNG: ") +
                  (owned ? owned->message : "librsvg does not say why"));
}

cairo_status_t append(void* to, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(to)->append(bytes, bytes + count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

bool can_rasterise() {
  return true;
}

std::string png_of_svg(const std::string& svg, double scale) {
  GError* error = nullptr;
  const Owned<RsvgHandle> handle(
      rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &error));
  if (!handle) fail(error);
  double width = 0, height = 0;
  if (rsvg_handle_get_intrinsic_size_in_pixels(handle.get(), &width, &height) == 0) {
    throw DataError("the picture cannot be drawn as PNG: it has no size in pixels");
  }
  width = std::ceil(width * scale);
  height = std::ceil(height * scale);
  if (!(width >= 1 && height >= 1 && width <= kLongestEdge && height <= kLongestEdge)) {
    throw UsageError("--scale: the picture would have " + std::to_string(std::llround(width)) + " x " +
                     std::to_string(std::llround(height)) + " pixels; 1 to 30000 are allowed");
  }
  const Owned<cairo_surface_t> surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width), static_cast<int>(height)));
  const Owned<cairo_t> context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);  // a picture of a fractional size covers its last pixels in part
  cairo_paint(context.get());
  const RsvgRectangle whole{0, 0, width, height};
  if (rsvg_handle_render_document(handle.get(), context.get(), &whole, &error) == 0) fail(error);
  std::string png;
  const auto status = cairo_surface_write_to_png_stream(surface.get(), append, &png);
  if (status != CAIRO_STATUS_SUCCESS) {
    throw DataError(std::string("the picture cannot be drawn as PNG: ") + cairo_status_to_string(status));
  }
  return png;
}

}  // namespace soundfold::pictures
