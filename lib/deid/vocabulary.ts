/**
 * The words that cleaned descriptors keep (PS3.15 E.3.5): how images are made, of what, and how
 * they are seen. Everything else in a text is dropped, since no list of names is ever complete.
 * @module
 */

/** Lower case, separated by spaces. */
const WORDS = `
a and at by for from in left of off on only or out over per post pre right to under up via with
without w wo no not all both upper lower mid middle inner outer first second third last new old

abdomen abdominal adrenal ankle aorta aortic appendix arm arterial artery atrial axilla axillary
back biliary bladder body bone bowel brachial brain breast bronchial calcaneus cardiac carotid
cavity cerebral cervical chest circle clavicle coccyx colon coronary cranial disc dorsal elbow
esophagus eye face facial femoral femur fetal fetus fibula finger foot forearm gallbladder hand
head heart hepatic hip humerus iliac iliac intracranial intestine jaw joint kidney knee l1 l2 l3 l4
l5 leg liver lumbar lumbosacral lung lungs lymph mandible maxilla mediastinum mouth muscle nasal
neck nerve node orbit orbits ovary pancreas patella pelvic pelvis petrous pituitary popliteal
prostate pulmonary radius rectum renal retina rib ribs runoff sacrum scapula sella shoulder sinus
sinuses skull soft spinal spine spleen sternum stomach subclavian temporal testis thigh thoracic
thorax thumb thyroid tibia tissue toe tongue tooth teeth trachea ulna ureter urinary uterus vascular
vein venous ventricle ventricular vertebra vertebral vessel whole wrist t10 t11 t12 c1 c2 c3 c4 c5 c6
c7

anterior ap axial bilateral caudal cc coronal cranio cross decubitus distal dorsal erect feet
frontal inferior lateral lat lao longitudinal medial mlo oblique pa perpendicular plane posterior
prone proximal rao sagittal superior supine trans transaxial transversal transverse upright view
views l r lt rt ax cor sag tra obl

acquisition angio angiogram angiography arteriogram bold bolus ce cine ciss contrast ct cta ctp cup
cxr delay delayed derived diffusion dixon dose dsa dti dual dwi dynamic dx adc echo ecg eeg enhanced
epi exam examination fa fast fat fatsat fiesta filter filtered flair flow fluoro fluoroscopy fmri fov
fov frame fs fse functional gated gd gradient gre grid haste head high hires hr hrct image images ir
iso isotropic kernel kub kv localizer localiser loc low lut map mask mean measurement mip minip mm
morphology mosaic mpr mprage mr mra mri mrcp mrv ms multi native ncct nm noncontrast normal pc
perfusion pet phantom phase pilot plain planar plus portal processed protocol proton pd qa quality
quantitative radial raw recon reconstruction reconstructed reformat reformatted registration report
res resolution rest routine rf scan scout screening sd se secondary sequence series shot single slab
slice slices smooth space spect spgr spin spoiled standard static std step stir stress study sub
subtracted subtraction surface survey suv swi sharp t t1 t1w t2 t2w t2star te technique test thick
thin ti time tir tirm tof tomo topogram tr trace tse ultrasound us vibe volume volumetric vrt water
weighted window windows xa xr xray x-ray 2d 3d 4d angled average b b0 best breath cbf cbv mtt ttp
color colour doppler duplex ejection free hold inspiration expiration inversion late early motion
corrected correction attenuation ac nac trigger triggered navigator parallel rapid saturation
segmentation dose plan structure set rtstruct rtplan rtdose beam field iso isocenter target ctv gtv
ptv organ external contour summary key object note findings impression conclusion comparison history
none unremarkable unknown yes mass lesion nodule tumor tumour cyst edema fracture hemorrhage stenosis
thrombus aneurysm metastasis calcification infarct infarction pneumonia pneumothorax effusion cancer
carcinoma biopsy implant prosthesis stent catheter tube pacemaker clip screw plate
`;

/** The words as a set. */
export const VOCABULARY: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
