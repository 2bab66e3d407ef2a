#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Loads the example, hops N times, unloads it: in a VM of the lab, or on a machine
# whose death you can bear.
#   run.sh [N]
insmod ./hypervisor_example.ko || exit
./hop "${1:-1000}"
status=$?
rmmod hypervisor_example
exit $status
