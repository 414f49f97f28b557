// A program that prints the answers.
import * as library from 'hackface-native';
import { answers } from './answers.cjs';

console.log(JSON.stringify(await answers(library)));
