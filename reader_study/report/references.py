"""The references of the methods, as they are cited in an export."""

REFERENCES = {
    "wilson": "Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc 1927; "
              "22:209-212.",
    "clopper": "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the "
               "binomial. Biometrika 1934; 26:404-413.",
    "agresti": "Agresti A, Coull BA. Approximate is better than exact for interval estimation of binomial proportions. "
               "Am Stat 1998; 52:119-126.",
    "delong": "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver "
              "operating characteristic curves. Biometrics 1988; 44:837-845.",
    "bootstrap": "Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall, 1993.",
    "cohen": "Cohen J. Weighted kappa. Psychol Bull 1968; 70:213-220.",
    "fleiss_se": "Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. Psychol "
                 "Bull 1969; 72:323-327.",
    "fleiss": "Fleiss JL. Measuring nominal scale agreement among many raters. Psychol Bull 1971; 76:378-382.",
    "conger": "Conger AJ. Integration and generalization of kappas for multiple raters. Psychol Bull 1980; 88:322-328.",
    "gwet": "Gwet KL. Computing inter-rater reliability and its variance in the presence of high agreement. Br J Math "
            "Stat Psychol 2008; 61:29-48.",
    "gwet_book": "Gwet KL. Handbook of Inter-Rater Reliability. 4th ed. Advanced Analytics, 2014.",
    "pabak": "Byrt T, Bishop J, Carlin JB. Bias, prevalence and kappa. J Clin Epidemiol 1993; 46:423-429.",
    "krippendorff": "Krippendorff K. Content Analysis. 2nd ed. Sage, 2004.",
    "paradox": "Feinstein AR, Cicchetti DV. High agreement but low kappa: I. The problems of two paradoxes. J Clin "
               "Epidemiol 1990; 43:543-549.",
    "mcnemar": "McNemar Q. Note on the sampling error of the difference between correlated proportions or percentages. "
               "Psychometrika 1947; 12:153-157.",
    "bonett": "Bonett DG, Price RM. Adjusted Wald confidence interval for a difference of binomial proportions based "
              "on paired data. J Educ Behav Stat 2012; 37:479-488.",
    "cochran": "Cochran WG. The comparison of percentages in matched samples. Biometrika 1950; 37:256-266.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979; 6:65-70.",
    "obuchowski": "Obuchowski NA, Rockette HE. Hypothesis testing of diagnostic accuracy for multiple readers and "
                  "multiple tests. Commun Stat Simul Comput 1995; 24:285-308.",
    "hillis": "Hillis SL. A comparison of denominator degrees of freedom methods for multiple observer ROC analysis. "
              "Stat Med 2007; 26:596-619.",
    "hillis_2011": "Hillis SL, Obuchowski NA, Berbaum KS. Power estimation for multireader ROC methods: an updated and "
                   "unified approach. Acad Radiol 2011; 18:129-142.",
    "gallas": "Gallas BD. One-shot estimate of MRMC variance: AUC. Acad Radiol 2006; 13:353-362.",
    "brier": "Brier GW. Verification of forecasts expressed in terms of probability. Mon Weather Rev 1950; 78:1-3.",
    "calibration": "Van Calster B, Nieboer D, Vergouwe Y, et al. A calibration hierarchy for risk models was defined. "
                   "J Clin Epidemiol 2016; 74:167-176.",
    "uoc": "Silva W, Pinto JR, Cardoso JS. A uniform performance index for ordinal classification with imbalanced "
           "classes. IJCNN 2018.",
    "paper": "Cobo M, Perez del Barrio A, Menendez Fernandez-Miranda P, et al. Multi-task learning approach for "
             "intracranial hemorrhage prognosis. MLMI @ MICCAI 2024; arXiv:2408.08784.",
    "hemphill": "Hemphill JC, Bonovich DC, Besmertis L, Manley GT, Johnston SC. The ICH score. Stroke 2001; "
                "32:891-897.",
}
