"""Every scenario, in the order in which they run (faults §3)."""
from device_scenarios import (ChangePassphrase, Draft, Edit, Export, Import, Join, New, Pull, Resume,
                              SyncDevice, Wipe)
from hub_scenarios import Backup, Follow, Init, Invite, Release, Restore, ServeHub, SyncHub

ALL = [New, Import, Edit, Draft, Resume, ChangePassphrase, Wipe, Join, SyncDevice, Export, Pull, SyncHub, Init,
       Follow, Invite, Release, Backup, Restore, ServeHub]
