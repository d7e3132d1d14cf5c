"""What the allow list adds about how a picture was acquired: without it, many are not valid objects of their kind any more.

As in `viewer.masking.allowed`: numbers, defined terms of PS3.3, and pointers to attributes of the standard.
"""

INTEGERS = """
    EchoTrainLength EchoNumbers NumberOfPhaseEncodingSteps AcquisitionMatrix ExposureTime XRayTubeCurrent Exposure
    GeneratorPower RecommendedDisplayFrameRate CineRate StartTrim StopTrim PreferredPlaybackSequencing StageNumber NumberOfStages
    EnergyWindowVector NumberOfEnergyWindows DetectorVector NumberOfDetectors PhaseVector NumberOfPhases RotationVector
    NumberOfRotations RRIntervalVector NumberOfRRIntervals TimeSlotVector SliceVector AngularViewVector TimeSliceVector
    """
REALS = """
    NumberOfAverages ImagingFrequency PixelBandwidth PercentSampling PercentPhaseFieldOfView SAR dBdt DataCollectionDiameter
    SpatialResolution ReconstructionDiameter DistanceSourceToDetector DistanceSourceToPatient TableHeight FocalSpots
    SingleCollimationWidth TotalCollimationWidth TableSpeed TableFeedPerRotation SpiralPitchFactor PositionerPrimaryAngle
    PositionerSecondaryAngle FrameDelay EffectiveDuration ImageAndFluoroscopyAreaDoseProduct BodyPartThickness CompressionForce
    """
POINTERS = "FrameIncrementPointer DimensionIndexPointer FunctionalGroupPointer"
ITEMS = "DimensionOrganizationSequence DimensionIndexSequence"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES_NO = _words("YES NO")
TERMS: dict[str, frozenset[str]] = {  # PS3.3 C.8.3.1, C.8.2.1, C.8.7.1-3, C.8.13, C.8.15, C.8.16
    "ScanningSequence": _words("SE IR GR EP RM"),
    "SequenceVariant": _words("SK MTC SS TRSS SP MP OSP NONE OTHER"),
    "ScanOptions": _words("PER RG CG PPG FC PFF PFP SP FS CT"),
    "MRAcquisitionType": _words("2D 3D"),
    "InPlanePhaseEncodingDirection": _words("ROW COL COLUMN"),
    "VariableFlipAngleFlag": _words("Y N"),
    "RotationDirection": _words("CW CC"),
    "ExposureModulationType": _words("NONE"),
    "PixelIntensityRelationship": _words("LIN LOG DISP OTHER"),
    "RadiationSetting": _words("SC GR"),
    "PositionerMotion": _words("STATIC DYNAMIC"),
    "PositionerType": _words("CARM COLUMN MAMMOGRAPHIC PANORAMIC CEPHALOSTAT RIGID NONE"),
    "PresentationIntentType": frozenset({"FOR PRESENTATION", "FOR PROCESSING"}),
    "PatientOrientation": _words("A P L R H F AL AR PL PR AH AF PH PF LH LF RH RF"),
    "PixelPresentation": _words("COLOR MONOCHROME MIXED TRUE_COLOR"),
    "VolumetricProperties": _words("VOLUME SAMPLED DISTORTED MIXED"),
    "VolumeBasedCalculationTechnique": _words(
        "MAX_IP MIN_IP VOLUME_RENDER SURFACE_RENDER MPR CURVED_MPR NONE MIXED"
    ),
    "ComplexImageComponent": _words("MAGNITUDE PHASE REAL IMAGINARY MIXED"),
    "AcquisitionContrast": _words(
        "DIFFUSION FLOW_ENCODED FLUID_ATTENUATED PERFUSION PROTON_DENSITY STIR TAGGING T1 T2 T2_STAR TOF UNKNOWN MIXED"
    ),
    "ContentQualification": _words("PRODUCT RESEARCH SERVICE"),
    "DimensionOrganizationType": _words("3D 3D_TEMPORAL TILED_FULL TILED_SPARSE"),
    "LossyImageCompressionMethod": _words(
        "ISO_10918_1 ISO_14495_1 ISO_15444_1 ISO_15444_15 ISO_13818_2 ISO_14496_10"
    ),
    "QualityControlImage": _YES_NO,
}
