"""What the allow list adds for enhanced, derived and slide objects: their functional groups, and the attributes they must have.

As in `viewer.masking.allowed`: numbers, defined terms of PS3.3, sequences of these, codes; and texts whose place a dummy takes.
"""

INTEGERS = """
    NumberOfViewsInStage ViewNumber GradientEchoTrainLength RFEchoTrainLength NumberOfKSpaceTrajectories
    MRAcquisitionFrequencyEncodingSteps MRAcquisitionPhaseEncodingStepsInPlane MRAcquisitionPhaseEncodingStepsOutOfPlane
    TotalPixelMatrixColumns TotalPixelMatrixRows TotalPixelMatrixFocalPlanes NumberOfOpticalPaths NumberOfFocalPlanes
    ColumnPositionInTotalImagePixelMatrix RowPositionInTotalImagePixelMatrix RealWorldValueFirstValueMapped
    RealWorldValueLastValueMapped ReferencedFractionGroupNumber
    """
REALS = """
    AcquisitionDuration FrameAcquisitionDuration NominalCardiacTriggerDelayTime EffectiveEchoTime ParallelReductionFactorInPlane
    ParallelReductionFactorOutOfPlane ParallelReductionFactorSecondInPlane SpecificAbsorptionRateValue GradientOutput
    ChemicalShiftReference TransmitterFrequency TagThickness TagAngleFirstAxis TagSpacingFirstDimension
    VelocityEncodingDirection VelocityEncodingMinimumValue VelocityEncodingMaximumValue DiffusionBValue
    DiffusionGradientOrientation RevolutionTime ExposureTimeInms XRayTubeCurrentInmA ExposureInmAs CTDIvol
    WaterEquivalentDiameter ImagedVolumeWidth ImagedVolumeHeight ImagedVolumeDepth ImageOrientationSlide
    XOffsetInSlideCoordinateSystem YOffsetInSlideCoordinateSystem ZOffsetInSlideCoordinateSystem ObjectiveLensPower
    CondenserLensPower ObjectiveLensNumericalAperture IlluminationWaveLength DistanceBetweenFocalPlanes RealWorldValueIntercept
    RealWorldValueSlope DoubleFloatRealWorldValueFirstValueMapped DoubleFloatRealWorldValueLastValueMapped
    DoseReferencePointCoordinates
    """
ITEMS = """
    FrameAnatomySequence IrradiationEventIdentificationSequence MRTimingAndRelatedParametersSequence MREchoSequence
    MRModifierSequence MRImagingModifierSequence MRFOVGeometrySequence MRAveragesSequence MRReceiveCoilSequence
    MRTransmitCoilSequence MRDiffusionSequence MRVelocityEncodingSequence DiffusionGradientDirectionSequence
    CTAcquisitionTypeSequence CTAcquisitionDetailsSequence CTTableDynamicsSequence CTPositionSequence CTGeometrySequence
    CTReconstructionSequence CTExposureSequence CTXRayDetailsSequence CardiacSynchronizationSequence
    TemporalPositionSequence RespiratorySynchronizationSequence ParametricMapFrameTypeSequence RealWorldValueMappingSequence
    ReferencedInstanceSequence StudiesContainingOtherReferencedInstancesSequence ReferencedFractionGroupSequence
    WholeSlideMicroscopyImageFrameTypeSequence PlanePositionSlideSequence TotalPixelMatrixOriginSequence OpticalPathSequence
    OpticalPathIdentificationSequence SpecimenDescriptionSequence PertinentOtherEvidenceSequence
    """
CODES = """
    IlluminationTypeCodeSequence IlluminationColorCodeSequence ContainerTypeCodeSequence SpecimenTypeCodeSequence
    ChannelDescriptionCodeSequence LensesCodeSequence PerformedProcedureCodeSequence
    """
DUMMIES = """
    SoftwareVersions ManufacturerModelName ContentLabel ContentDescription SegmentLabel SegmentAlgorithmName TrackingID StackID
    PulseSequenceName LUTLabel LUTExplanation OpticalPathIdentifier
    """


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES_NO = _words("YES NO")
TERMS: dict[str, frozenset[str]] = {  # PS3.3 C.8.13.3 to 5, C.8.12.4
    "ResonantNucleus": _words("1H 3HE 7LI 13C 19F 23NA 31P 129XE"),
    "KSpaceFiltering": _words(
        "COSINE COSINE_SQUARED FERMI GAUSSIAN HAMMING HANNING LORENTZIAN LRNTZ_GSS_TRNSFM RIESZ TUKEY USER NONE"
    ),
    "EchoPulseSequence": _words("SPIN GRADIENT BOTH"),
    "MultipleSpinEcho": _YES_NO,
    "MultiPlanarExcitation": _YES_NO,
    "PhaseContrast": _YES_NO,
    "TimeOfFlightContrast": _YES_NO,
    "ArterialSpinLabelingContrast": _words("CONTINUOUS PSEUDOCONTINUOUS PULSED"),
    "SteadyStatePulseSequence": _words("FREE_PRECESSION TRANSVERSE TIME_REVERSED LONGITUDINAL NONE"),
    "EchoPlanarPulseSequence": _YES_NO,
    "SaturationRecovery": _YES_NO,
    "SpectrallySelectedSuppression": _words("FAT WATER FAT_AND_WATER SILICON_GEL NONE"),
    "SpectrallySelectedExcitation": _words("WATER FAT NONE"),
    "OversamplingPhase": _words("2D 3D 2D_3D NONE"),
    "GeometryOfKSpaceTraversal": _words("RECTILINEAR RADIAL SPIRAL"),
    "RectilinearPhaseEncodeReordering": _words("LINEAR CENTRIC SEGMENTED REVERSE_LINEAR REVERSE_CENTRIC"),
    "SegmentedKSpaceTraversal": _words("SINGLE PARTIAL FULL"),
    "CoverageOfKSpace": _words("FULL CYLINDRICAL ELLIPSOIDAL WEIGHTED"),
    "InversionRecovery": _YES_NO,
    "FlowCompensation": _words("ACCELERATION VELOCITY OTHER NONE"),
    "FlowCompensationDirection": _words(
        "PHASE FREQUENCY SLICE_SELECT SLICE_AND_FREQ SLICE_FREQ_PHASE PHASE_AND_FREQ SLICE_AND_PHASE OTHER"
    ),
    "Spoiling": _words("RF GRADIENT RF_AND_GRADIENT NONE"),
    "T2Preparation": _YES_NO,
    "BloodSignalNulling": _YES_NO,
    "MagnetizationTransfer": _words("ON_RESONANCE OFF_RESONANCE BOTH NONE"),
    "SpatialPresaturation": _words("SLAB NONE"),
    "Tagging": _words("GRID LINE NONE"),
    "PartialFourier": _YES_NO,
    "ParallelAcquisition": _YES_NO,
    "ParallelAcquisitionTechnique": _words("PILS SENSE SMASH OTHER"),
    "CardiacSynchronizationTechnique": _words("NONE REALTIME PROSPECTIVE RETROSPECTIVE PACED"),
    "RespiratoryMotionCompensationTechnique": _words(
        "NONE BREATH_HOLD REALTIME GATING TRACKING PHASE_ORDERING PHASE_SCANNING RETROSPECTIVE CORRECTION UNKNOWN"
    ),
    "BulkMotionCompensationTechnique": _words("NONE REALTIME GATING TRACKING RETROSPECTIVE CORRECTION"),
    "TransmitCoilType": _words("BODY VOLUME SURFACE"),
    "ReceiveCoilType": _words("BODY VOLUME SURFACE MULTICOIL"),
    "DiffusionDirectionality": _words("DIRECTIONAL BMATRIX ISOTROPIC NONE"),
    "AcquisitionType": _words("SEQUENCED SPIRAL CONSTANT_ANGLE STATIONARY FREE"),
    "ReconstructionAlgorithm": _words("FILTER_BACK_PROJ ITERATIVE"),
    "SpatialLocationsPreserved": _words("YES NO REORIENTED_ONLY"),
    "SegmentsOverlap": _words("YES NO UNDEFINED"),
    "SegmentationFractionalType": _words("PROBABILITY OCCUPANCY"),
    "RTPlanRelationship": _words("PRIOR ALTERNATIVE PREDECESSOR VERIFIED_PLAN CONCURRENT"),
    "SpecimenLabelInImage": _YES_NO,
    "FocusMethod": _words("AUTO MANUAL"),
    "ExtendedDepthOfField": _YES_NO,
}
