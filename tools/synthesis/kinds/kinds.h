// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/signal.h"

#include <cstddef>

/// One performance for each kind of sound, each in the file that has its name. See synthesis::Performance.
namespace soundfold::synthesis::kinds {

Signal airplane(Random body, Random take, std::size_t count);
Signal car_horn(Random body, Random take, std::size_t count);
Signal cat(Random body, Random take, std::size_t count);
Signal chainsaw(Random body, Random take, std::size_t count);
Signal chirping_birds(Random body, Random take, std::size_t count);
Signal church_bells(Random body, Random take, std::size_t count);
Signal clapping(Random body, Random take, std::size_t count);
Signal clock_alarm(Random body, Random take, std::size_t count);
Signal clock_tick(Random body, Random take, std::size_t count);
Signal cow(Random body, Random take, std::size_t count);
Signal crackling_fire(Random body, Random take, std::size_t count);
Signal crickets(Random body, Random take, std::size_t count);
Signal crow(Random body, Random take, std::size_t count);
Signal crying_baby(Random body, Random take, std::size_t count);
Signal dog(Random body, Random take, std::size_t count);
Signal door_wood_knock(Random body, Random take, std::size_t count);
Signal engine(Random body, Random take, std::size_t count);
Signal fireworks(Random body, Random take, std::size_t count);
Signal footsteps(Random body, Random take, std::size_t count);
Signal frog(Random body, Random take, std::size_t count);
Signal glass_breaking(Random body, Random take, std::size_t count);
Signal helicopter(Random body, Random take, std::size_t count);
Signal impacts(Random body, Random take, std::size_t count);
Signal insects(Random body, Random take, std::size_t count);
Signal keyboard_typing(Random body, Random take, std::size_t count);
Signal mouse_click(Random body, Random take, std::size_t count);
Signal music(Random body, Random take, std::size_t count);
Signal noise(Random body, Random take, std::size_t count);
Signal rain(Random body, Random take, std::size_t count);
Signal rooster(Random body, Random take, std::size_t count);
Signal sea_waves(Random body, Random take, std::size_t count);
Signal sheep(Random body, Random take, std::size_t count);
Signal siren(Random body, Random take, std::size_t count);
Signal sneezing(Random body, Random take, std::size_t count);
Signal speech(Random body, Random take, std::size_t count);
Signal sweep(Random body, Random take, std::size_t count);
Signal thunderstorm(Random body, Random take, std::size_t count);
Signal tone(Random body, Random take, std::size_t count);
Signal vacuum_cleaner(Random body, Random take, std::size_t count);
Signal water_drops(Random body, Random take, std::size_t count);
Signal whistle(Random body, Random take, std::size_t count);
Signal wind(Random body, Random take, std::size_t count);

}  // namespace soundfold::synthesis::kinds
