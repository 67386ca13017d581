// The rating box's enclosure, to be printed in two parts. All lengths in mm.
//
//   openscad -D 'part="front"' -o front.stl enclosure.scad     signs up, with supports inside
//   openscad -D 'part="back"'  -o back.stl  enclosure.scad
//
// part: "front", "back", "closed" (as it hangs), "open" (how it goes together).
//
// Raised signs: a happy and an unhappy face, told apart by the mouth under a finger, and beside
// each button its word in Ukrainian Braille. Nothing depends on colour.

part = "closed";

// ---- the box
width = 240;
height = 160;
depth = 75;         // a dome button with lamp and switch is up to 60 deep
wall = 3;
corner = 12;
gap = 0.3;          // between the parts, each side

// ---- buttons: dome buttons of 60 mm, mounted by a thread of 24 mm
button_hole = 24.6;
button_cap = 60;
button_apart = 120; // middle to middle: no fist presses both
button_y = -12;     // below the middle of the front

// ---- raised signs
raised = 1.0;       // faces
face = 34;          // outer diameter of a face
face_y = button_y + button_cap / 2 + 12 + face / 2 - 6;
line = 2.4;         // width of a raised line

// ---- Braille: dot 1.6 wide, 0.5 high, 2.5 apart; cells 6.0 apart (Marburg Medium; within ISO 17049)
dot = 1.6;
dot_high = 0.5;
dot_apart = 2.5;
cell_apart = 6.0;
braille_y = button_y - button_cap / 2 - 10;

satisfied = "задоволені";
unsatisfied = "не задоволені";

// Letter and its dots: 1 2 3 down the left, 4 5 6 down the right. Source: liblouis, tables/uk.utb.
letters = [
    ["а", [1]], ["в", [2, 4, 5, 6]], ["д", [1, 4, 5]], ["е", [1, 5]], ["з", [1, 3, 5, 6]],
    ["і", [1, 3, 4, 5, 6]], ["л", [1, 2, 3]], ["н", [1, 3, 4, 5]], ["о", [1, 3, 5]], [" ", []],
];

// ---- what is inside
pico = [51, 21];
pico_holes = [47, 11.4];   // Pico W data sheet, mechanical drawing
screw = 3;                 // M3 into heat-set inserts of 4.2
insert = 4.2;
boss = 34;                 // of the front, around the inserts: M3 x 40 reach 8 into them
switch_at = [85, -45];     // of the lid switch

$fn = 48;

function dots(letter) = [for (row = letters) if (row[0] == letter) row[1]][0];
function across(n) = n > 3 ? dot_apart : 0;
function down(n) = -((n - 1) % 3) * dot_apart;

module braille(word) {
    long = (len(word) - 1) * cell_apart + dot_apart;
    for (i = [0 : len(word) - 1])
        for (n = dots(word[i]))
            translate([i * cell_apart - long / 2 + across(n), down(n), 0])
                dome();
}

// A cap of a sphere, as wide and as high as a Braille dot is; turned, which is quick to compute.
module dome() {
    r = (dot * dot / 4 + dot_high * dot_high) / (2 * dot_high);
    function out(h) = sqrt(r * r - pow(h + r - dot_high, 2));
    rotate_extrude($fn = 16)
        polygon([[0, -0.2], [dot / 2, -0.2], for (i = [0 : 3]) [out(i * dot_high / 4), i * dot_high / 4], [0, dot_high]]);
}

// mouth: 1 turns up, -1 turns down.
module sign(mouth) {
    linear_extrude(raised) {
        difference() {
            circle(d = face);
            circle(d = face - 2 * line);
        }
        for (side = [-1, 1]) translate([side * face * 0.18, face * 0.14]) circle(d = 4.4);
        translate([0, mouth > 0 ? -face * 0.02 : -face * 0.36])
            intersection() {
                difference() {
                    circle(d = face * 0.56);
                    circle(d = face * 0.56 - 2 * line);
                }
                translate([-face, mouth > 0 ? -face : face * 0.08]) square([2 * face, face * 0.92]);
            }
    }
}

module plate(w, h, r) {
    offset(r) square([w - 2 * r, h - 2 * r], center = true);
}

module at_screws() {
    for (x = [-1, 1], y = [-1, 1])
        translate([x * (width / 2 - 11), y * (height / 2 - 11), 0]) children();
}

module front() {
    difference() {
        union() {
            linear_extrude(wall) plate(width, height, corner);
            translate([0, 0, -depth + 2 * wall])
                linear_extrude(depth - 2 * wall) difference() {
                    plate(width, height, corner);
                    plate(width - 2 * wall, height - 2 * wall, corner - wall);
                }
            at_screws() translate([0, 0, -boss]) cylinder(d = 9, h = boss + wall / 2);
            translate([switch_at[0], switch_at[1], -20]) cylinder(d = 8, h = 20 + wall / 2); // presses the lid switch
        }
        for (side = [-1, 1])
            translate([side * button_apart / 2, button_y, -1]) cylinder(d = button_hole, h = wall + 2);
        at_screws() translate([0, 0, -boss - 0.1]) cylinder(d = insert, h = 10);
    }
    translate([0, 0, wall]) {
        translate([-button_apart / 2, face_y, 0]) sign(1);
        translate([button_apart / 2, face_y, 0]) sign(-1);
        translate([-button_apart / 2, braille_y, 0]) braille(satisfied);
        translate([button_apart / 2, braille_y, 0]) braille(unsatisfied);
        // a ridge between the two: a hand that looks for one does not come upon the other
        translate([-line / 2, button_y - button_cap / 2, 0]) cube([line, button_cap, raised]);
    }
}

// The screws of the back, which are out of reach once it hangs: it hangs from two keyholes.
module back() {
    inner_w = width - 2 * wall - 2 * gap;
    inner_h = height - 2 * wall - 2 * gap;
    difference() {
        union() {
            linear_extrude(wall) plate(inner_w, inner_h, corner - wall);
            translate([0, 0, wall]) {
                translate([-70, 22, 0]) pico_posts();
                translate([switch_at[0] - 11, switch_at[1] + 5, 0]) lid_switch_post();
                at_screws() cylinder(d = 9, h = depth - 3 * wall - boss - 0.4);
            }
        }
        at_screws() translate([0, 0, -1]) {
            cylinder(d = screw + 0.4, h = depth);
            cylinder(d = 6.5, h = 4);
        }
        for (side = [-1, 1]) translate([side * 50, 40, -1]) keyhole();
        translate([0, -height / 2 + 34, -1]) cylinder(d = 12.5, h = wall + 2); // cable gland M12
    }
}

module pico_posts() {
    for (x = [-1, 1], y = [-1, 1])
        translate([x * pico_holes[0] / 2, y * pico_holes[1] / 2, 0]) difference() {
            cylinder(d = 5, h = 8);
            translate([0, 0, 2]) cylinder(d = 1.7, h = 7); // M2, self-tapping
        }
}

// The lever switch on it is held down by the front's peg while the box is closed; slots to set it.
module lid_switch_post() {
    high = depth - 3 * wall - 20 - 6;
    difference() {
        cube([22, 6, high]);
        for (x = [6.25, 15.75]) hull() for (z = [high - 16, high - 8])
            translate([x, 7, z]) rotate([90, 0, 0]) cylinder(d = 2.4, h = 8, $fn = 24);
    }
}

module keyhole() {
    cylinder(d = 9, h = wall + 2);
    translate([-2.2, 0, 0]) cube([4.4, 12, wall + 2]);
    translate([0, 12, 0]) cylinder(d = 4.4, h = wall + 2);
}

// Only to look at: the bought buttons.
module button(tone) {
    color(tone) {
        cylinder(d = button_cap, h = 5);
        translate([0, 0, 5]) scale([1, 1, 0.45]) intersection() {
            sphere(d = button_cap - 4);
            translate([-50, -50, 0]) cube(100);
        }
    }
}

module buttons() {
    translate([-button_apart / 2, button_y, wall]) button("SeaGreen");
    translate([button_apart / 2, button_y, wall]) button("Firebrick");
}

if (part == "front") front();
if (part == "back") back();
if (part == "closed") {
    color("WhiteSmoke") front();
    buttons();
    translate([0, 0, -depth + 2 * wall]) color("DimGray") back();
}
if (part == "open") {
    color("WhiteSmoke") front();
    buttons();
    translate([0, 0, -depth - 70]) color("DimGray") back();
}
