import ModelCards
import Models

/// A card of `yaml` between fences and a body.
func card(_ yaml: String, body: String = "") throws(CardError) -> ModelCard {
    try ModelCard(reading: Array("---\n\(yaml)\n---\n\(body)".utf8))
}

/// The body alone.
func body(_ markdown: String) throws(CardError) -> ModelCard { try ModelCard(reading: Array(markdown.utf8)) }

/// Limits that differ from those in force.
func limits(_ change: (inout CardLimits) -> Void) -> CardLimits {
    var limits = CardLimits.standard
    change(&limits)
    return limits
}

/// Cards in the ways that Hugging Face's tools write them.
enum CardSamples {
    /// With all facts.
    static let full = """
        ---
        # Written by a trainer
        language:
        - en
        - no
        license: other
        license_name: coqui-public-model-license
        license_link: https://coqui.ai/cpml
        library_name: transformers
        pipeline_tag: automatic-speech-recognition
        tags:
        - audio
        - 2024
        datasets: common_voice
        base_model:
        - openai/whisper-small
        base_model_relation: finetune
        metrics:
        - wer
        co2_eq_emissions:
          emissions: 1234.5
          source: code carbon
        model-index:
        - name: whisper-small-no
          results:
          - task:
              type: automatic-speech-recognition
              name: Speech Recognition
            dataset:
              name: Common Voice 11.0
              type: mozilla-foundation/common_voice_11_0
              config: nb-NO
              split: test
              args: nb-NO
            metrics:
            - type: wer
              name: Test WER
              value: 20.9
            - type: cer
              value: '7'
            source:
              name: Leaderboard
              url: https://example.org
        ---

        <h1 align="center">Whisper <em>small</em></h1>

        <p align="center">
          <a href="https://example.org"><img src="badge.svg" alt="license"></a>
        </p>

        [![Paper](paper.svg)](https://arxiv.org/abs/1)

        <!-- Provide a quick summary
        # of what the model is.

        -->
        **Whisper** hears [Norwegian](https://example.org "a title") and writes `nb-NO`
        in lower_case words &amp; numbers.

        ## Use

        - [x] Load it
        - Run it

        ```python
        # <b>kept</b>
        model = load("x_y_z")
        ```

        | Set | WER |
        |-----|:---:|
        | dev | 21  |

        > A quotation.

        [ref]: https://example.org/hidden
        """
}

/// A generator with a seed, so that what it finds is found again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
